-- A member's first day in a channel is the first on which it was active there.
with

entries as (
    select * from {{ ref('interaction_ledger') }}
),

members as (
    select * from {{ ref('channel_members') }}
),

days as (
    select * from {{ ref('channel_member_daily_totals') }}
),

touched as (
    select distinct
        post_id,
        follower_id
    from entries
    where
        post_id is not null
        and follower_id is not null
        and {{ is_newly_posted('run_seq') }}
),

active as (
    select
        tch.post_id,
        tch.follower_id,
        min(dys.activity_date) as first_date
    from touched as tch
    inner join days as dys
        on tch.post_id = dys.post_id and tch.follower_id = dys.follower_id
    where dys.interaction_count > 0
    group by tch.post_id, tch.follower_id
),

stored as (
    select
        mbr.post_id,
        mbr.follower_id,
        mbr.first_date
    from members as mbr
    inner join touched as tch
        on mbr.post_id = tch.post_id and mbr.follower_id = tch.follower_id
),

wrong as (
    select
        act.first_date as active_from,
        str.first_date as stored_from
    from active as act
    -- full: neither may lack what the other has
    full join stored as str
        on act.post_id = str.post_id and act.follower_id = str.follower_id
    where act.first_date is distinct from str.first_date
)

select * from wrong
