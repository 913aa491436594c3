with

excluded as (
    select * from {{ ref('excluded_accounts') }}
),

days as (
    select * from {{ ref('follower_daily_totals') }}
),

arrivals as (
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
)

select * from arrivals
