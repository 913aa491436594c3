{% set types = var('interaction_types') %}

with

contents as (
    select * from {{ ref('post_content') }}
),

totals as (
    select * from {{ ref('post_totals') }}
),

summed as (
    select
        cnt.content_id,
        cnt.workspace_id,
        cnt.platform,
        count(*) as post_count,
        {{ to_whole_number('coalesce(sum(ttl.gross_interaction_count), 0)') }}
            as gross_interaction_count,
        {{ to_whole_number('coalesce(sum(ttl.interaction_count), 0)') }}
            as interaction_count,
        {% for type in types -%}
        {{ to_whole_number('coalesce(sum(ttl.' ~ type ~ '_count), 0)') }}
            as {{ type }}_count,
        {% endfor -%}
        min(ttl.first_at) as first_activity_at,
        max(ttl.last_at) as last_activity_at
    from contents as cnt
    -- left: a post that nobody has touched is still a post
    left join totals as ttl on cnt.post_id = ttl.post_id
    group by cnt.content_id, cnt.workspace_id, cnt.platform
)

select * from summed
