-- Channels are imported twice: what is read twice is read whole.
with

channels as (
    select * from {{ ref('community_channels') }}
),

other_channels as (
    select * from {{ ref('community_channels') }}
),

totals as (
    select * from {{ ref('channel_member_daily_totals') }}
),

memberships as (
    select * from {{ ref('channel_members') }}
),

active as (
    select
        ttl.follower_id,
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        {{ to_whole_number('sum(ttl.interaction_count)') }} as interaction_count,
        ttl.activity_date
    from totals as ttl
    inner join channels as chn on ttl.post_id = chn.post_id
    where ttl.interaction_count > 0
    group by
        ttl.follower_id,
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        ttl.activity_date
),

members as (
    select
        act.follower_id,
        act.workspace_id,
        act.platform,
        act.community_id,
        act.interaction_count,
        act.activity_date = fst.first_date as is_first_day,
        act.activity_date
    from active as act
    -- lateral: the few channels of one member, by index
    inner join lateral (
        select min(mbr.first_date) as first_date
        from memberships as mbr
        inner join other_channels as chn on mbr.post_id = chn.post_id
        where
            mbr.follower_id = act.follower_id
            and chn.community_id = act.community_id
    ) as fst on true
)

select * from members
