with

totals as (
    select * from {{ ref('follower_totals') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

dated as (
    select
        ttl.follower_id,
        ttl.workspace_id,
        ttl.platform,
        stg.first_weekday,
        {{ local_date('ttl.first_at', 'stg.time_zone') }} as first_date
    from totals as ttl
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on ttl.workspace_id = stg.workspace_id
    where ttl.first_at is not null
),

members as (
    select
        follower_id,
        workspace_id,
        platform,
        {{ week_of('first_date', 'first_weekday') }} as cohort_week
    from dated
)

select * from members
