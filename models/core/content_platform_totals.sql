{% set types = var('interaction_types') %}

with

contents as (
    select * from {{ ref('post_content') }}
),

totals as (
    select * from {{ ref('post_totals') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
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
),

scored as (
    select
        smd.content_id,
        smd.workspace_id,
        smd.platform,
        {{ engagement_score('smd') }} as engagement_score,
        smd.post_count,
        smd.interaction_count,
        smd.gross_interaction_count,
        {{ provided_counts('smd', 'unp') }},
        smd.first_activity_at,
        smd.last_activity_at
    from summed as smd
    -- left: nothing is known of what some platforms provide
    left join unprovided as unp on smd.platform = unp.platform
)

select * from scored
