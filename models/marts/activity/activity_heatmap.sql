with

platforms as (
    select * from {{ ref('platform_totals') }}
),

days as (
    select * from {{ ref('daily_totals') }}
),

hours as (
    select * from {{ ref('hourly_totals') }}
),

excluded as (
    select * from {{ ref('excluded_active_hours') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

weeks as (
    select
        dys.workspace_id,
        dys.platform,
        {{ week_of('min(dys.activity_date)', 'stg.first_weekday') }} as first_week,
        {{ week_of('max(dys.activity_date)', 'stg.first_weekday') }} as last_week
    from days as dys
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on dys.workspace_id = stg.workspace_id
    where dys.timed_interaction_count > 0
    group by dys.workspace_id, dys.platform, stg.first_weekday
),

places as (
    select
        plt.workspace_id,
        plt.platform,
        {{ weeks_between('wks.first_week', 'wks.last_week') }} + 1 as week_count
    from platforms as plt
    -- left: a platform may give no times, or all that had one are retracted
    left join weeks as wks
        on plt.workspace_id = wks.workspace_id and plt.platform = wks.platform
    where plt.interaction_count > 0
),

heatmap as (
    select
        plc.workspace_id,
        plc.platform,
        wkd.activity_weekday,
        hou.activity_hour,
        plc.week_count,
        case when plc.week_count is not null then coalesce(hrs.interaction_count, 0) end
            as interaction_count,
        case
            when plc.week_count is not null
                then coalesce(hrs.active_count - coalesce(exc.active_count, 0), 0)
        end as active_count,
        {{ ratio('coalesce(hrs.interaction_count, 0)', 'plc.week_count') }}
            as average_interaction_count
    from places as plc
    cross join {{ numbers(1, 7) }} as wkd (activity_weekday)
    cross join {{ numbers(0, 23) }} as hou (activity_hour)
    -- left: an hour in which nobody ever did anything is a row with 0
    left join hours as hrs
        on
            plc.workspace_id = hrs.workspace_id
            and plc.platform = hrs.platform
            and wkd.activity_weekday = hrs.activity_weekday
            and hou.activity_hour = hrs.activity_hour
    -- left: in most hours nobody who is excluded did anything
    left join excluded as exc
        on
            plc.workspace_id = exc.workspace_id
            and plc.platform = exc.platform
            and wkd.activity_weekday = exc.activity_weekday
            and hou.activity_hour = exc.activity_hour
)

select * from heatmap
