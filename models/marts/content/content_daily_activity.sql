with

contents as (
    select * from {{ ref('post_content') }}
),

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
),

summed as (
    select
        cnt.content_id,
        cnt.workspace_id,
        cnt.platform,
        {{ to_whole_number('sum(itr.sign)') }} as interaction_count,
        {{ sums_per_type('itr.sign') }},
        {{ local_date('itr.occurred_at', 'stg.time_zone') }} as activity_date
    from contents as cnt
    -- inner: a day without an interaction has no row
    inner join interactions as itr on cnt.post_id = itr.post_id
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on cnt.workspace_id = stg.workspace_id
    where itr.sign > 0 and itr.occurred_at is not null
    group by
        cnt.content_id,
        cnt.workspace_id,
        cnt.platform,
        {{ local_date('itr.occurred_at', 'stg.time_zone') }}
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
