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

wrong as (
    select rcn.post_id
    from recounted as rcn
    -- laterals: the days and the followers of one post, by index
    inner join lateral (
        select coalesce(sum(dyt.interaction_count), 0) as dated_count
        from days as dyt
        where dyt.post_id = rcn.post_id
    ) as dys on true
    inner join lateral (
        select coalesce(sum(fwt.interaction_count), 0) as named_count
        from followers as fwt
        where fwt.post_id = rcn.post_id
    ) as flw on true
    where
        rcn.dated_count <> dys.dated_count
        or rcn.named_count <> flw.named_count
)

select post_id from wrong
