with

active as (
    select * from {{ ref('community_day_activity') }}
),

channels as (
    select * from {{ ref('community_channels') }}
),

memberships as (
    select * from {{ ref('channel_members') }}
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
        inner join channels as chn on mbr.post_id = chn.post_id
        where
            mbr.follower_id = act.follower_id
            and chn.community_id = act.community_id
    ) as fst on true
)

select * from members
