with

engagements as (
    select * from {{ ref('issue_engagements') }}
),

ranked as (
    select
        follower_id,
        workspace_id,
        platform,
        issue_id,
        linear_id,
        username,
        last_interaction_type,
        context,
        exclusion_reason,
        interaction_count,
        engagement_score,
        score_after_staleness,
        row_number() over (
            partition by follower_id
            order by
                score_after_staleness desc,
                interaction_count desc,
                last_interaction desc nulls last,
                {{ bytewise('issue_id') }} asc
        ) as rank,
        is_eligible,
        last_interaction
    from engagements
    where
        not is_prunable and score_after_staleness >= {{ var('issue_minimum_score') }}
)

select * from ranked
