{% set last_week = weeks_between('cht.cohort_week', 'cht.current_week') %}

with

everybody as (
    select * from {{ ref('cohort_activity') }}
),

excluded as (
    select * from {{ ref('excluded_cohort_activity') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

activity as {{ not_materialized() }} (
    select
        workspace_id,
        platform,
        week_number,
        {{ to_whole_number('sum(active_count)') }} as active_count,
        {{ to_whole_number('sum(last_active_count)') }} as last_active_count,
        cohort_week
    from (
        select * from everybody
        union all
        select * from excluded
    ) as signed
    group by workspace_id, platform, week_number, cohort_week
    having sum(active_count) > 0
),

-- numbered: there are many weeks, and numbers are sorted and joined faster than names
cohorts as (
    select
        str.workspace_id,
        str.platform,
        str.active_count as cohort_size,
        row_number() over (
            order by str.workspace_id, str.platform, str.cohort_week
        ) as cohort_number,
        {{ week_of(local_date(as_of(), 'stg.time_zone'), 'stg.first_weekday') }}
            as current_week,
        str.cohort_week
    from activity as str
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on str.workspace_id = stg.workspace_id
    where str.week_number = 0  -- in its first week every member was active
),

active as (
    select
        cht.cohort_number,
        act.week_number,
        act.active_count,
        act.last_active_count
    from activity as act
    inner join cohorts as cht  -- every cohort has a first week
        on
            act.workspace_id = cht.workspace_id
            and act.platform = cht.platform
            and act.cohort_week = cht.cohort_week
),

weeks as (
    select
        cht.workspace_id,
        cht.platform,
        cht.cohort_number,
        cht.cohort_size,
        {{ last_week }} as last_week_number,
        num.week_number,
        cht.cohort_week
    from cohorts as cht
    cross join lateral {{ numbers('0', last_week) }} as num (week_number)
),

retention as (
    select
        wks.workspace_id,
        wks.platform,
        wks.week_number,
        wks.cohort_size,
        coalesce(act.active_count, 0) as active_count,
        {{ to_whole_number('sum(coalesce(act.last_active_count, 0)) over later') }}
            as active_later_count,
        {{ ratio('coalesce(act.active_count, 0)', 'wks.cohort_size') }}
            as retention_rate,
        wks.week_number < wks.last_week_number as is_complete,
        wks.cohort_week
    from weeks as wks
    left join active as act  -- a week in which nobody was active is a row with 0
        on
            wks.cohort_number = act.cohort_number
            and wks.week_number = act.week_number
    window later as (partition by wks.cohort_number order by wks.week_number desc)
)

select * from retention
