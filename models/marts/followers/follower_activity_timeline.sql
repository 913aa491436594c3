with

interactions as (
    select * from {{ ref('follower_interactions') }}
),

profiles as (
    select * from {{ ref('current_profiles') }}
),

timeline as (
    select
        itr.interaction_id,
        itr.follower_id,
        itr.content_id,
        itr.post_id,
        itr.workspace_id,
        itr.platform,
        coalesce(prf.username, prf.display_name) as username,
        itr.interaction_type,
        itr.interaction_value,
        itr.occurred_at,
        itr.received_at
    from interactions as itr
    -- left: not every account has been described
    left join profiles as prf on itr.follower_id = prf.follower_id
)

select * from timeline
