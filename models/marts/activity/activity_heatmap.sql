{% set day = local_date('itr.occurred_at', 'stg.time_zone') %}
{% set weekday = weekday_of(day) %}
{% set hour = local_hour('itr.occurred_at', 'stg.time_zone') %}
{% set week = week_of(day, 'stg.first_weekday') %}

with

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

excluded as (
    select * from {{ ref('excluded_accounts') }}
),

-- an archive does not know the hours of what it stands for
placed as (
    select
        itr.follower_id,
        itr.workspace_id,
        itr.platform,
        itr.sign,
        case when itr.archive_id is null then {{ weekday }} end as activity_weekday,
        case when itr.archive_id is null then {{ hour }} end as activity_hour,
        case when itr.archive_id is null then {{ week }} end as activity_week
    from interactions as itr
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on itr.workspace_id = stg.workspace_id
    where itr.sign > 0
),

-- per follower first: to count distinct ones would sort all interactions
acted as (
    select
        follower_id,
        workspace_id,
        platform,
        sum(sign) as interaction_count,
        activity_weekday,
        activity_hour,
        min(activity_week) as first_week,
        max(activity_week) as last_week
    from placed
    group by follower_id, workspace_id, platform, activity_weekday, activity_hour
),

hours as (
    select
        act.workspace_id,
        act.platform,
        {{ to_whole_number('sum(act.interaction_count)') }} as interaction_count,
        count(act.follower_id) filter (where exc.follower_id is null) as active_count,
        act.activity_weekday,
        act.activity_hour,
        min(act.first_week) as first_week,
        max(act.last_week) as last_week
    from acted as act
    -- left: most accounts are eligible
    left join excluded as exc on act.follower_id = exc.follower_id
    group by act.workspace_id, act.platform, act.activity_weekday, act.activity_hour
),

places as (
    select
        workspace_id,
        platform,
        {{ weeks_between('min(first_week)', 'max(last_week)') }} + 1 as week_count,
        case when max(last_week) is not null then 0 end as count_of_none
    from hours
    group by workspace_id, platform
),

heatmap as (
    select
        plc.workspace_id,
        plc.platform,
        wkd.activity_weekday,
        hou.activity_hour,
        plc.week_count,
        coalesce(hrs.interaction_count, plc.count_of_none) as interaction_count,
        coalesce(hrs.active_count, plc.count_of_none) as active_count,
        {{ ratio('coalesce(hrs.interaction_count, 0)', 'plc.week_count') }}
            as average_interaction_count
    from places as plc
    cross join lateral {{ numbers(1, 7) }} as wkd (activity_weekday)
    cross join lateral {{ numbers(0, 23) }} as hou (activity_hour)
    -- left: an hour in which nobody ever did anything is a row with 0
    left join hours as hrs
        on
            plc.workspace_id = hrs.workspace_id
            and plc.platform = hrs.platform
            and wkd.activity_weekday = hrs.activity_weekday
            and hou.activity_hour = hrs.activity_hour
)

select * from heatmap
