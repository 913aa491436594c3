with

totals as (
    select * from {{ ref('follower_daily_totals') }}
),

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

later as (
    select
        ldg.follower_id,
        {{ to_whole_number('sum(ldg.sign)') }} as interaction_count,
        {{ local_date('ldg.occurred_at', 'stg.time_zone') }} as activity_date
    from ledger as ldg
    -- inner: every workspace with a ledger entry has settings
    inner join settings as stg on ldg.workspace_id = stg.workspace_id
    where {{ is_not_yet_in_effect('ldg') }}
    group by ldg.follower_id, {{ local_date('ldg.occurred_at', 'stg.time_zone') }}
),

in_effect as (
    select
        ttl.follower_id,
        ttl.workspace_id,
        ttl.platform,
        ttl.interaction_count - coalesce(lat.interaction_count, 0) as interaction_count,
        ttl.activity_date
    from totals as ttl
    -- left: most have nothing that is not in effect yet
    left join later as lat
        on ttl.follower_id = lat.follower_id and ttl.activity_date = lat.activity_date
)

select * from in_effect
where interaction_count > 0
