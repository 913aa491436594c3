{% set last_week = days_between('szs.cohort_week', 'szs.current_week') ~ ' / 7' %}
{% set next_week = weeks_after('wks.cohort_week', 'wks.week_number + 1') %}

with

members as (
    select * from {{ ref('cohort_members') }}
),

days as (
    select * from {{ ref('follower_days_in_effect') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

sizes as (
    select
        mbr.workspace_id,
        mbr.platform,
        stg.time_zone,
        {{ week_of(local_date(as_of(), 'stg.time_zone'), 'stg.first_weekday') }}
            as current_week,
        mbr.cohort_week,
        count(*) as cohort_size
    from members as mbr
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on mbr.workspace_id = stg.workspace_id
    group by
        mbr.workspace_id,
        mbr.platform,
        mbr.cohort_week,
        stg.time_zone,
        stg.first_weekday
),

active_weeks as (
    select distinct
        mbr.follower_id,
        mbr.workspace_id,
        mbr.platform,
        mbr.cohort_week,
        {{ days_between('mbr.cohort_week', 'dys.activity_date') }} / 7 as week_number
    from members as mbr
    -- inner: a member of a cohort has been active in its first week
    inner join days as dys on mbr.follower_id = dys.follower_id
),

numbered as (
    select
        *,
        row_number() over (
            partition by follower_id order by week_number desc
        ) as last_first
    from active_weeks
),

counted as (
    select
        workspace_id,
        platform,
        cohort_week,
        week_number,
        count(*) as active_count,
        count(*) filter (where last_first = 1) as last_active_count
    from numbered
    group by workspace_id, platform, cohort_week, week_number
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
    left join counted as cnt
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
