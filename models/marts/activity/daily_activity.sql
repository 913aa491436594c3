with

settings as (
    select * from {{ ref('workspace_settings') }}
),

totals as (
    select * from {{ ref('daily_totals') }}
),

excluded as (
    select * from {{ ref('excluded_active_days') }}
),

arrivals as (
    select * from {{ ref('arrival_totals') }}
),

excluded_arrivals as (
    select * from {{ ref('excluded_arrivals') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
),

platforms as (
    select
        ttl.workspace_id,
        ttl.platform,
        min(ttl.activity_date) as first_date,
        {{ local_date(as_of(), 'stg.time_zone') }} as today
    from totals as ttl
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on ttl.workspace_id = stg.workspace_id
    where ttl.interaction_count > 0
    group by ttl.workspace_id, ttl.platform, stg.time_zone
),

days as (
    select
        plt.workspace_id,
        plt.platform,
        plt.today,
        {{ days_after('plt.first_date', 'num.number') }} as activity_date
    from platforms as plt
    cross join lateral {{ numbers(0, days_between('plt.first_date', 'plt.today')) }}
        as num (number)
),

activity as (
    select
        dys.workspace_id,
        dys.platform,
        {{ engagement_score('ttl') }} as points,
        coalesce(ttl.interaction_count, 0) as interaction_count,
        {{ provided_day_counts('ttl', 'unp') }},
        coalesce(ttl.active_count, 0) - coalesce(exc.active_count, 0)
            as active_follower_count,
        coalesce(arr.arrived_count, 0) - coalesce(xar.arrived_count, 0)
            as new_follower_count,
        dys.activity_date < dys.today as is_complete,
        dys.activity_date
    from days as dys
    -- left: a day without an interaction is a row with 0
    left join totals as ttl
        on
            dys.workspace_id = ttl.workspace_id
            and dys.platform = ttl.platform
            and dys.activity_date = ttl.activity_date
    -- left: on most days nobody who is excluded did anything
    left join excluded as exc
        on
            dys.workspace_id = exc.workspace_id
            and dys.platform = exc.platform
            and dys.activity_date = exc.activity_date
    -- left: on most days nobody is new
    left join arrivals as arr
        on
            dys.workspace_id = arr.workspace_id
            and dys.platform = arr.platform
            and dys.activity_date = arr.first_date
    -- left: on most days nobody who is excluded was new
    left join excluded_arrivals as xar
        on
            dys.workspace_id = xar.workspace_id
            and dys.platform = xar.platform
            and dys.activity_date = xar.first_date
    -- left: nothing is known of what some platforms provide
    left join unprovided as unp on dys.platform = unp.platform
)

select * from activity
