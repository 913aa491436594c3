{% set as_told = json_number('itr.metadata', 'duration') %}
{% set depth_told = json_number('itr.metadata', 'scroll_depth') %}

with

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

measured as (
    select
        itr.*,
        -- longer than a whole number of 32 bits can say is no duration
        case
            when {{ as_told }} < {{ var('longest_duration_ms') }}
                then {{ to_whole_number('round(' ~ as_told ~ ')') }}
        end as duration_ms,
        case when {{ depth_told }} <= 100 then {{ depth_told }} end as scroll_depth
    from interactions as itr
    where
        itr.platform = '{{ var("product_platform") }}'
        and itr.sign > 0
        and itr.archive_id is null
),

tracked as (
    select
        msr.interaction_id,
        msr.follower_id,
        msr.post_id,
        msr.workspace_id,
        msr.platform_user_id,
        msr.platform_post_id,
        msr.interaction_type,
        msr.native_type,
        msr.native_kind,
        msr.key_quality,
        {{ json_with('msr.metadata', 'duration', 'msr.duration_ms') }} as metadata,
        msr.duration_ms,
        msr.scroll_depth,
        coalesce(
            msr.interaction_type = 'view'
            and msr.duration_ms < {{ var('shortest_view_ms') }},
            false
        ) as is_short_view,
        msr.occurred_at,
        msr.received_at,
        -- the tracking API tells no time of its own: then the server's holds
        {{ product_time('msr') }} as created_at
    from measured as msr
)

select * from tracked
