with

followers as (
    select * from {{ ref('follower_totals') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

excluded as (
    select * from {{ ref('excluded_accounts') }}
),

arrivals as (
    select
        flw.workspace_id,
        flw.platform,
        count(*) as new_follower_count,
        {{ local_date('flw.first_at', 'stg.time_zone') }} as first_date
    from followers as flw
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on flw.workspace_id = stg.workspace_id
    -- left: most accounts are eligible
    left join excluded as exc on flw.follower_id = exc.follower_id
    where flw.first_at is not null and exc.follower_id is null
    group by
        flw.workspace_id,
        flw.platform,
        {{ local_date('flw.first_at', 'stg.time_zone') }}
)

select * from arrivals
