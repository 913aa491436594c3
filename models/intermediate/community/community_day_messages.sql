with

channels as (
    select * from {{ ref('community_channels') }}
),

messages as (
    select * from {{ ref('reacted_messages') }}
),

profiles as (
    select * from {{ ref('current_profiles') }}
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
        -- a subquery: found only for the messages and by the readers that show it
        (
            select {{ shown_name('prf') }} from profiles as prf
            where prf.follower_id = msg.follower_id
        ) as username,
        msg.reaction_count,
        msg.reported_reaction_count,
        greatest(msg.reaction_count, msg.reported_reaction_count)
            as best_reaction_count,
        msg.activity_date,
        msg.occurred_at,
        msg.received_at
    from messages as msg
    inner join channels as chn on msg.post_id = chn.post_id
)

select * from described
