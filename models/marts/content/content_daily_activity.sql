with

contents as (
    select * from {{ ref('post_content') }}
),

totals as (
    select * from {{ ref('post_daily_totals') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
),

summed as (
    select
        cnt.content_id,
        cnt.workspace_id,
        cnt.platform,
        {{ to_whole_number('sum(ttl.interaction_count)') }} as interaction_count,
        {% for type in var('interaction_types') -%}
        {{ to_whole_number('sum(ttl.' ~ type ~ '_count)') }} as {{ type }}_count,
        {% endfor -%}
        ttl.activity_date
    from contents as cnt
    -- inner: a day without an interaction has no row
    inner join totals as ttl on cnt.post_id = ttl.post_id
    where ttl.interaction_count > 0
    group by cnt.content_id, cnt.workspace_id, cnt.platform, ttl.activity_date
),

activity as (
    select
        smd.content_id,
        smd.workspace_id,
        smd.platform,
        {{ engagement_score('smd') }} as points,
        smd.interaction_count,
        {{ provided_day_counts('smd', 'unp') }},
        smd.activity_date
    from summed as smd
    -- left: nothing is known of what some platforms provide
    left join unprovided as unp on smd.platform = unp.platform
)

select * from activity
