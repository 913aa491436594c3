{% set types = var('interaction_types') %}

with

contents as {{ not_materialized() }} (
    select * from {{ ref('post_content') }}
),

totals as (
    select * from {{ ref('post_totals') }}
),

counters as (
    select * from {{ ref('current_counters') }}
),

posts as {{ not_materialized() }} (
    select * from {{ ref('current_posts') }}
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
        count(*) filter (where pst.is_removed) as removed_post_count,
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
    -- left: a post need not have been described
    left join posts as pst on cnt.post_id = pst.post_id
    group by cnt.content_id, cnt.workspace_id, cnt.platform
),

reported as (
    select
        cnt.content_id,
        {% for type in types -%}
        {{ to_whole_number(
            'sum(ctr.reported_count) filter (where ctr.interaction_type = '
            ~ "'" ~ type ~ "')"
        ) }} as reported_{{ type }}_count,
        count(ctr.reported_count) filter (where ctr.interaction_type = '{{ type }}')
            as reported_{{ type }}_post_count,
        {% endfor -%}
        cnt.platform
    from contents as cnt
    -- inner: without a counter there is nothing to add up
    inner join counters as ctr on cnt.post_id = ctr.post_id
    group by cnt.content_id, cnt.platform
),

scored as (
    select
        smd.content_id,
        smd.workspace_id,
        smd.platform,
        {{ engagement_score('smd') }} as engagement_score,
        smd.post_count,
        smd.removed_post_count,
        smd.interaction_count,
        smd.gross_interaction_count,
        {{ provided_counts('smd', 'unp') }},
        {% for type in types -%}
        rpt.reported_{{ type }}_count,
        coalesce(rpt.reported_{{ type }}_post_count, 0)
            as reported_{{ type }}_post_count,
        {% endfor -%}
        smd.first_activity_at,
        smd.last_activity_at
    from summed as smd
    -- left: some platforms report nothing
    left join reported as rpt
        on smd.content_id = rpt.content_id and smd.platform = rpt.platform
    -- left: nothing is known of what some platforms provide
    left join unprovided as unp on smd.platform = unp.platform
)

select * from scored
