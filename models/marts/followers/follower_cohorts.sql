{% set active_since = days_before(as_of(), var('activity_window_days')) %}
{% set first_date = local_date('ttl.first_at', 'stg.time_zone') %}
{% set first_week = week_of(first_date, 'stg.first_weekday') %}

with

arrivals as (
    select * from {{ ref('arrival_totals') }}
),

excluded_arrivals as (
    select * from {{ ref('excluded_arrivals') }}
),

totals as {{ not_materialized() }} (
    select * from {{ ref('follower_totals') }}
),

ranking as {{ not_materialized() }} (
    select * from {{ ref('follower_ranking') }}
),

settings as {{ not_materialized() }} (
    select * from {{ ref('workspace_settings') }}
),

-- stored totals count everybody; who is excluded is taken away
eligible_arrivals as (
    select
        workspace_id,
        platform,
        arrived_count,
        first_date
    from arrivals
    union all
    select
        workspace_id,
        platform,
        -arrived_count as arrived_count,
        first_date
    from excluded_arrivals
),

members as (
    select
        arr.workspace_id,
        arr.platform,
        arr.arrived_count as follower_count,
        0 as active_count,
        0 as super_fan_count,
        {{ week_of('arr.first_date', 'stg.first_weekday') }} as cohort_week
    from eligible_arrivals as arr
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on arr.workspace_id = stg.workspace_id
    union all
    select
        ttl.workspace_id,
        ttl.platform,
        0 as follower_count,
        1 as active_count,
        0 as super_fan_count,
        {{ first_week }} as cohort_week
    from totals as ttl
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on ttl.workspace_id = stg.workspace_id
    -- inner: who is not ranked is excluded
    inner join ranking as rkd on ttl.follower_id = rkd.follower_id
    where ttl.last_at > {{ active_since }}
    union all
    select
        ttl.workspace_id,
        ttl.platform,
        0 as follower_count,
        0 as active_count,
        1 as super_fan_count,
        {{ first_week }} as cohort_week
    from ranking as rnk
    -- inner: who is ranked has totals
    inner join totals as ttl on rnk.follower_id = ttl.follower_id
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on ttl.workspace_id = stg.workspace_id
    where rnk.engagement_tier = 'super_fan' and ttl.first_at is not null
),

cohorts as (
    select
        workspace_id,
        platform,
        {{ to_whole_number('sum(follower_count)') }} as follower_count,
        {{ to_whole_number('sum(active_count)') }} as active_30d,
        {{ to_whole_number('sum(super_fan_count)') }} as super_fans,
        cohort_week
    from members
    group by workspace_id, platform, cohort_week
    having sum(follower_count) > 0
)

select * from cohorts
