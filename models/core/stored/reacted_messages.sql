{{
    config(
        incremental_strategy='keyed',
        unique_key=['interaction_id'],
        indexes=[{'columns': ['activity_date', 'post_id']}],
        meta={'gone_without': 'post_id', 'basis': ['workspaces', 'community_places']},
    )
}}

-- Reactions and the ledger are imported twice: what is read twice is read whole.
with

entries as (
    select * from {{ ref('interaction_ledger') }}
),

answers as (
    select * from {{ ref('interaction_ledger') }}
),

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

reacted as (
    select * from {{ ref('message_reaction_totals') }}
),

reactions as (
    select * from {{ ref('message_reaction_totals') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

-- a message changed, or what was thought of it; either may come first
touched as (
    select msg.interaction_id
    from entries as msg
    inner join reacted as rct on msg.interaction_id = rct.message_id
    where
        msg.interaction_type = 'message'
        and {{ is_unconsumed('msg') }}
    union distinct
    select ans.parent_id as interaction_id
    from answers as ans
    where
        ans.interaction_type = 'reaction'
        and ans.parent_id is not null
        and {{ is_unconsumed('ans') }}
),

described as (
    select
        tch.interaction_id,
        msg.follower_id,
        msg.post_id,
        msg.workspace_id,
        msg.platform,
        {{ first_characters('msg.text', var('community_text_length')) }}
            as message_text,
        rct.reaction_count,
        {{ local_date('msg.occurred_at', 'stg.time_zone') }} as activity_date,
        msg.occurred_at,
        msg.received_at
    from touched as tch
    -- left: a message that is gone, or without reactions, leaves the table
    left join reactions as rct
        on tch.interaction_id = rct.message_id and rct.reaction_count > 0
    left join interactions as msg
        on
            rct.message_id = msg.interaction_id
            and msg.interaction_type = 'message'
            and msg.sign = 1
            and msg.occurred_at is not null
    left join settings as stg on msg.workspace_id = stg.workspace_id
    where {{ is_there_or_gone('msg.post_id') }}
)

select * from described
