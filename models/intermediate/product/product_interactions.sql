{% set as_told = json_number('itr.metadata', 'duration') %}
{% set depth_told = json_number('itr.metadata', 'scroll_depth') %}
{#- longer than a whole number of 32 bits can say is no duration -#}
{% set duration_ms %}
    case
        when round({{ as_told }}) < {{ var('longest_duration_ms') }}
            then {{ to_whole_number('round(' ~ as_told ~ ')') }}
    end
{% endset %}
-- Without CTEs, as what it reads: the newest are found by the index of their time.
select
    itr.interaction_id,
    itr.follower_id,
    itr.post_id,
    itr.workspace_id,
    itr.platform_user_id,
    itr.platform_post_id,
    itr.interaction_type,
    itr.native_type,
    itr.native_kind,
    itr.key_quality,
    {{ json_with('itr.metadata', 'duration', duration_ms) }} as metadata,
    {{ duration_ms }} as duration_ms,
    case when {{ depth_told }} <= 100 then {{ depth_told }} end as scroll_depth,
    coalesce(
        itr.interaction_type = 'view'
        and {{ duration_ms }} < {{ var('shortest_view_ms') }},
        false
    ) as is_short_view,
    itr.occurred_at,
    itr.received_at,
    -- the tracking API tells no time of its own: then the server's holds
    {{ product_time('itr') }} as created_at
from {{ ref('interactions_in_effect') }} as itr
where
    itr.platform = '{{ var("product_platform") }}'
    and itr.sign > 0
    and itr.archive_id is null
    and {{ product_time('itr') }} <= {{ as_of() }}
