with

excluded as (
    select * from {{ ref('excluded_accounts') }}
),

hours as (
    select * from {{ ref('follower_hourly_totals') }}
),

activity as (
    select
        exc.workspace_id,
        exc.platform,
        count(*) as active_count,
        hrs.activity_weekday,
        hrs.activity_hour
    from excluded as exc
    -- lateral: the hours of few accounts, by index
    cross join
        lateral (
            select
                act.activity_weekday,
                act.activity_hour
            from hours as act
            where act.follower_id = exc.follower_id and act.interaction_count > 0
        ) as hrs
    group by
        exc.workspace_id, exc.platform, hrs.activity_weekday, hrs.activity_hour
)

select * from activity
