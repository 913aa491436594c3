with

channels as (
    select * from {{ ref('community_channels') }}
),

messages as (
    select * from {{ ref('reacted_messages') }}
),

described as (
    select
        msg.interaction_id,
        msg.follower_id,
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        chn.channel_name,
        msg.message_text,
        msg.reaction_count,
        msg.activity_date,
        msg.occurred_at,
        msg.received_at
    from messages as msg
    inner join channels as chn on msg.post_id = chn.post_id
)

select * from described
