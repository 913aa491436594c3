with

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
        itr.follower_id,
        itr.workspace_id,
        itr.platform,
        {{ to_whole_number('sum(itr.sign)') }} as interaction_count,
        {{ sums_per_type('itr.sign') }},
        {{ local_date('itr.occurred_at', 'stg.time_zone') }} as activity_date
    from interactions as itr
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on itr.workspace_id = stg.workspace_id
    where
        itr.sign > 0
        and itr.follower_id is not null
        and itr.occurred_at is not null
    group by
        itr.follower_id,
        itr.workspace_id,
        itr.platform,
        {{ local_date('itr.occurred_at', 'stg.time_zone') }}
),

scored as (
    select
        smd.*,
        {{ engagement_score('smd') }} as points
    from summed as smd
),

activity as (
    select
        scr.follower_id,
        scr.workspace_id,
        scr.platform,
        scr.points,
        sum(scr.points) over so_far as running_engagement_score,
        scr.interaction_count,
        {{ provided_day_counts('scr', 'unp') }},
        scr.activity_date
    from scored as scr
    -- left: nothing is known of what some platforms provide
    left join unprovided as unp on scr.platform = unp.platform
    window so_far as (partition by scr.follower_id order by scr.activity_date)
)

select * from activity
