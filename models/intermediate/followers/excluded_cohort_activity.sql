with

excluded as (
    select * from {{ ref('excluded_accounts') }}
),

days as (
    select * from {{ ref('follower_daily_totals') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

weeks as (
    select distinct
        exc.follower_id,
        exc.workspace_id,
        exc.platform,
        {{ week_of('dys.activity_date', 'stg.first_weekday') }} as activity_week
    from excluded as exc
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on exc.workspace_id = stg.workspace_id
    -- lateral: the days of few accounts, by index
    cross join lateral (
        select act.activity_date
        from days as act
        where act.follower_id = exc.follower_id and act.interaction_count > 0
    ) as dys
),

placed as (
    select
        workspace_id,
        platform,
        activity_week,
        min(activity_week) over (partition by follower_id) as cohort_week,
        activity_week = max(activity_week) over (partition by follower_id) as is_last
    from weeks
),

activity as (
    select
        workspace_id,
        platform,
        {{ weeks_between('cohort_week', 'activity_week') }} as week_number,
        -count(*) as active_count,
        -count(*) filter (where is_last) as last_active_count,
        cohort_week
    from placed
    group by
        workspace_id,
        platform,
        cohort_week,
        {{ weeks_between('cohort_week', 'activity_week') }}
)

select * from activity
