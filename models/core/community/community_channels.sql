with

totals as (
    select * from {{ ref('channel_totals') }}
),

posts as (
    select * from {{ ref('current_posts') }}
),

places as (
    select * from {{ ref('community_places') }}
),

channels as (
    select
        ttl.post_id,
        ttl.workspace_id,
        ttl.platform,
        -- a channel of which nobody has said where it belongs is its own community
        coalesce(pst.community_id, ttl.platform_post_id) as community_id,
        ttl.platform_post_id,
        coalesce(pst.community_name, pst.title) as community_name,
        pst.title as channel_name
    from totals as ttl
    -- left: a channel need not have been described
    left join posts as pst on ttl.post_id = pst.post_id
    -- left: a type of place without a row of its own is as the platform
    left join places as plc
        on pst.platform = plc.platform and pst.native_type = plc.place_type
    where coalesce(plc.is_community, true)
)

select * from channels
