-- The days of a post hold all of its interactions in effect whose time is known, its
-- followers all of those that name somebody.
with

entries as {{ not_materialized() }} (
    select * from {{ ref('interaction_ledger') }}
),

counts as {{ not_materialized() }} (
    select * from {{ ref('post_totals') }}
),

days as (
    select * from {{ ref('post_daily_totals') }}
),

followers as (
    select * from {{ ref('post_follower_totals') }}
),

touched as (
    {{ recounted_keys('post_id') }}
),

in_effect as (
    {{ touched_in_effect('post_id') }}
),

recounted as (
    select
        tch.post_id,
        coalesce(sum(ent.sign) filter (where ent.occurred_at is not null), 0)
            as dated_count,
        coalesce(sum(ent.sign) filter (where ent.follower_id is not null), 0)
            as named_count
    from touched as tch
    -- left: of a post nothing may be in effect
    left join in_effect as ent on tch.post_id = ent.post_id
    group by tch.post_id
),

of_days as (
    select
        tch.post_id,
        sum(dys.interaction_count) as dated_count
    from touched as tch
    -- inner: without a known time there is no day
    inner join days as dys on tch.post_id = dys.post_id
    group by tch.post_id
),

of_followers as (
    select
        tch.post_id,
        sum(flw.interaction_count) as named_count
    from touched as tch
    -- inner: nobody may be named
    inner join followers as flw on tch.post_id = flw.post_id
    group by tch.post_id
),

wrong as (
    select rcn.post_id
    from recounted as rcn
    -- left: a post may have no day
    left join of_days as dys on rcn.post_id = dys.post_id
    -- left: a post may have no follower
    left join of_followers as flw on rcn.post_id = flw.post_id
    where
        rcn.dated_count <> coalesce(dys.dated_count, 0)
        or rcn.named_count <> coalesce(flw.named_count, 0)
)

select post_id from wrong
