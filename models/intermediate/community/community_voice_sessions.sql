with

channels as (
    select * from {{ ref('community_channels') }}
),

events as {{ not_materialized() }} (
    select * from {{ ref('voice_events') }}
),

sessions as (
    select
        evt.interaction_id,
        evt.follower_id,
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        {{ seconds_between('evt.occurred_at', 'nxt.occurred_at') }} as seconds,
        evt.activity_date,
        evt.occurred_at as joined_at,
        nxt.occurred_at as left_at
    from events as evt
    inner join channels as chn on evt.post_id = chn.post_id
    -- lateral: the next that the member did in the channel, by index
    inner join lateral (
        select lat.* from events as lat
        where
            lat.follower_id = evt.follower_id
            and lat.post_id = evt.post_id
            and lat.occurred_at >= evt.occurred_at
            and (lat.occurred_at, lat.received_at, lat.interaction_id)
            > (evt.occurred_at, evt.received_at, evt.interaction_id)
        order by lat.occurred_at asc, lat.received_at asc, lat.interaction_id asc
        limit 1
    ) as nxt on true
    where not evt.is_leave and nxt.is_leave
)

select * from sessions
