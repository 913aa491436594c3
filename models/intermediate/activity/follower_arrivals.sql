with

totals as (
    select * from {{ ref('arrival_totals') }}
),

excluded as (
    select * from {{ ref('excluded_accounts') }}
),

days as (
    select * from {{ ref('follower_daily_totals') }}
),

excluded_firsts as (
    select
        exc.workspace_id,
        exc.platform,
        count(*) as arrived_count,
        fst.activity_date as first_date
    from excluded as exc
    -- lateral: the first day of few accounts, by index
    cross join
        lateral (
            select dys.activity_date
            from days as dys
            where dys.follower_id = exc.follower_id and dys.interaction_count > 0
            order by dys.activity_date
            limit 1
        ) as fst
    group by exc.workspace_id, exc.platform, fst.activity_date
),

arrivals as (
    select
        ttl.workspace_id,
        ttl.platform,
        ttl.arrived_count - coalesce(exc.arrived_count, 0) as new_follower_count,
        ttl.first_date
    from totals as ttl
    -- left: on most days nobody who is excluded was new
    left join excluded_firsts as exc
        on
            ttl.workspace_id = exc.workspace_id
            and ttl.platform = exc.platform
            and ttl.first_date = exc.first_date
)

select * from arrivals
