{% set last_week = days_between('szs.cohort_week', 'szs.current_week') ~ ' / 7' %}
{% set next_week = weeks_after('wks.cohort_week', 'wks.week_number + 1') %}

with

activity as (
    select * from {{ ref('cohort_activity') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

sizes as (
    select
        act.workspace_id,
        act.platform,
        stg.time_zone,
        act.active_count as cohort_size,
        {{ week_of(local_date(as_of(), 'stg.time_zone'), 'stg.first_weekday') }}
            as current_week,
        act.cohort_week
    from activity as act
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on act.workspace_id = stg.workspace_id
    -- in its first week every member was active
    where act.week_number = 0
),

weeks as (
    select
        szs.workspace_id,
        szs.platform,
        szs.time_zone,
        szs.cohort_week,
        szs.cohort_size,
        num.week_number
    from sizes as szs
    cross join lateral {{ numbers('0', last_week) }} as num (week_number)
),

retention as (
    select
        wks.workspace_id,
        wks.platform,
        wks.week_number,
        wks.cohort_size,
        coalesce(cnt.active_count, 0) as active_count,
        {{ to_whole_number('sum(coalesce(cnt.last_active_count, 0)) over later') }}
            as active_later_count,
        {{ ratio('coalesce(cnt.active_count, 0)', 'wks.cohort_size') }}
            as retention_rate,
        {{ local_midnight(next_week, 'wks.time_zone') }} <= {{ as_of() }}
            as is_complete,
        wks.cohort_week
    from weeks as wks
    -- left: a week in which nobody was active is a row with 0
    left join activity as cnt
        on
            wks.workspace_id = cnt.workspace_id
            and wks.platform = cnt.platform
            and wks.cohort_week = cnt.cohort_week
            and wks.week_number = cnt.week_number
    window later as (
        partition by wks.workspace_id, wks.platform, wks.cohort_week
        order by wks.week_number desc
    )
)

select * from retention
