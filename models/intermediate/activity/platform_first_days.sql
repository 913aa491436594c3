with

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

posts as (
    select * from {{ ref('post_totals') }}
),

followers as (
    select * from {{ ref('follower_totals') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

firsts as (
    select
        workspace_id,
        platform,
        first_at
    from posts
    union all
    select
        workspace_id,
        platform,
        first_at
    from followers
    union all
    -- the few that are in none of these totals, by index
    select
        workspace_id,
        platform,
        occurred_at as first_at
    from interactions
    where post_id is null and follower_id is null and sign > 0
),

first_days as (
    select
        fst.workspace_id,
        fst.platform,
        stg.time_zone,
        {{ local_date('min(fst.first_at)', 'stg.time_zone') }} as first_date,
        {{ local_date(as_of(), 'stg.time_zone') }} as today
    from firsts as fst
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on fst.workspace_id = stg.workspace_id
    where fst.first_at is not null
    group by fst.workspace_id, fst.platform, stg.time_zone
)

select * from first_days
