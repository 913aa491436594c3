{{
    config(
        incremental_strategy='keyed',
        unique_key=['post_id', 'follower_id'],
        indexes=[{'columns': ['follower_id']}],
        meta={'delete_when_null': 'first_date', 'seeds': ['workspaces', 'community_places']},
    )
}}

with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

places as (
    select * from {{ ref('community_places') }}
),

days as (
    select * from {{ ref('channel_member_daily_totals') }}
),

touched as (
    select distinct
        ldg.post_id,
        ldg.follower_id
    from ledger as ldg
    where
        {{ is_community_entry('ldg', 'places') }}
        and ldg.follower_id is not null
        and {{ is_unconsumed('ldg') }}
),

dated as (
    select
        tch.post_id,
        tch.follower_id,
        fst.first_date
    from touched as tch
    -- a first day does not add up; lateral: one index look-up per key
    inner join lateral (
        select min(dys.activity_date) as first_date
        from days as dys
        where
            dys.follower_id = tch.follower_id
            and dys.post_id = tch.post_id
            and dys.interaction_count > 0
    ) as fst on true
    where {{ is_there_or_gone('fst.first_date') }}
)

select * from dated
