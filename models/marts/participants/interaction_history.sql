with

interactions as (
    select * from {{ ref('labelled_interactions') }}
),

profiles as (
    select * from {{ ref('current_profiles') }}
),

posts as (
    select * from {{ ref('current_posts') }}
),

types as (
    select * from {{ ref('interaction_types') }}
),

history as (
    select
        itr.interaction_id,
        itr.follower_id as participant_id,
        itr.post_id,
        itr.thread_id,
        itr.parent_id,
        itr.workspace_id,
        itr.platform,
        coalesce(prf.username, prf.display_name) as username,
        itr.interaction_type,
        itr.native_type,
        itr.native_kind,
        itr.text,
        itr.sentiment,
        itr.sentiment_labeler,
        pst.title as post_title,
        pst.url as post_url,
        coalesce(typ.counts_as_participation, false) as is_participation,
        itr.occurred_at,
        itr.received_at
    from interactions as itr
    -- left: not every account, nor every post, has been described
    left join profiles as prf on itr.follower_id = prf.follower_id
    left join posts as pst on itr.post_id = pst.post_id
    -- left: a word that is not mapped has no type
    left join types as typ on itr.interaction_type = typ.interaction_type
)

select * from history
-- a history is read from its newest entry, also without an order of the reader's own
order by occurred_at desc nulls last, received_at desc, interaction_id desc
