with

scores as (
    select * from {{ ref('follower_engagement_scores') }}
),

ranked as (
    select
        follower_id,
        workspace_id,
        platform,
        username,
        engagement_tier,
        activity_state,
        engagement_score,
        comment_count,
        interaction_count,
        row_number() over (
            partition by workspace_id
            order by engagement_score desc, interaction_count desc, follower_id asc
        ) as rank,
        last_seen
    from scores
    where is_eligible and interaction_count > 0
)

select * from ranked
-- a leaderboard is read from the top, also without an order of the reader's own
order by workspace_id, rank
