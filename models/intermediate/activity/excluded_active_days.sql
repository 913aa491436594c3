with

excluded as (
    select * from {{ ref('excluded_accounts') }}
),

days as (
    select * from {{ ref('follower_daily_totals') }}
),

activity as (
    select
        exc.workspace_id,
        exc.platform,
        count(*) as active_count,
        dys.activity_date
    from excluded as exc
    -- lateral: the days of few accounts, by index
    cross join
        lateral (
            select act.activity_date
            from days as act
            where act.follower_id = exc.follower_id and act.interaction_count > 0
        ) as dys
    group by exc.workspace_id, exc.platform, dys.activity_date
)

select * from activity
