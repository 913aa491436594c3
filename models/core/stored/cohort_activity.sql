{{
    config(
        incremental_strategy='additive',
        unique_key=['workspace_id', 'platform', 'cohort_week', 'week_number'],
        meta={
            'added': ['active_count', 'last_active_count'],
            'basis': 'workspaces',
        },
    )
}}

-- depends_on: {{ ref('interaction_ledger') }}
with

days as (
    select * from {{ ref('follower_daily_totals') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

{% if is_brought_forward() -%}
ledger as (
    select * from {{ ref('interaction_ledger') }}
),

news as (
    select
        ldg.follower_id,
        ldg.workspace_id,
        ldg.platform,
        {{ to_whole_number('sum(ldg.sign)') }} as interaction_count,
        {{ local_date('ldg.occurred_at', 'stg.time_zone') }} as activity_date
    from ledger as ldg
    -- inner: every workspace with a ledger entry has settings
    inner join settings as stg on ldg.workspace_id = stg.workspace_id
    where
        ldg.follower_id is not null
        and ldg.occurred_at is not null
        and {{ is_unconsumed('ldg') }}
    group by
        ldg.follower_id,
        ldg.workspace_id,
        ldg.platform,
        {{ local_date('ldg.occurred_at', 'stg.time_zone') }}
),

touched as (
    select distinct follower_id from news
),

-- what a follower's days hold, and what they held before the news
compared as (
    select
        dys.follower_id,
        dys.workspace_id,
        dys.platform,
        dys.interaction_count as count_now,
        dys.interaction_count as count_before,
        dys.activity_date
    from touched as tch
    -- lateral: an index look-up per key at any size
    cross join lateral (
        select dyl.*
        from days as dyl
        where dyl.follower_id = tch.follower_id
    ) as dys
    union all
    select
        follower_id,
        workspace_id,
        platform,
        0 as count_now,
        -interaction_count as count_before,
        activity_date
    from news
),

summed as (
    select
        follower_id,
        workspace_id,
        platform,
        sum(count_now) as count_now,
        sum(count_before) as count_before,
        activity_date
    from compared
    group by follower_id, workspace_id, platform, activity_date
),

active_days as (
    select
        follower_id,
        workspace_id,
        platform,
        1 as sign,
        activity_date
    from summed
    where count_now > 0
    union all
    select
        follower_id,
        workspace_id,
        platform,
        -1 as sign,
        activity_date
    from summed
    where count_before > 0
),
{%- else -%}
active_days as (
    select
        follower_id,
        workspace_id,
        platform,
        1 as sign,
        activity_date
    from days
    where interaction_count > 0
),
{%- endif %}

active_weeks as (
    select distinct
        act.follower_id,
        act.workspace_id,
        act.platform,
        act.sign,
        {{ week_of('act.activity_date', 'stg.first_weekday') }} as activity_week
    from active_days as act
    -- inner: every workspace with a ledger entry has settings
    inner join settings as stg on act.workspace_id = stg.workspace_id
),

placed as (
    select
        workspace_id,
        platform,
        sign,
        activity_week,
        min(activity_week) over own_weeks as cohort_week,
        max(activity_week) over own_weeks as last_week
    from active_weeks
    window own_weeks as (partition by follower_id, sign)
),

numbered as (
    select
        workspace_id,
        platform,
        {{ days_between('cohort_week', 'activity_week') }} / 7 as week_number,
        sign,
        activity_week = last_week as is_last,
        cohort_week
    from placed
),

activity as (
    select
        workspace_id,
        platform,
        week_number,
        {{ to_whole_number('sum(sign)') }} as active_count,
        {{ to_whole_number('coalesce(sum(sign) filter (where is_last), 0)') }}
            as last_active_count,
        cohort_week
    from numbered
    group by workspace_id, platform, cohort_week, week_number
)

select * from activity
