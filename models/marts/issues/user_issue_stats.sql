with

engagements as (
    select * from {{ ref('issue_engagements') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by follower_id
            order by
                score_after_staleness desc,
                interaction_count desc,
                last_interaction desc nulls last,
                {{ bytewise('issue_id') }} asc
        ) as place
    from engagements
),

summed as (
    select
        follower_id,
        workspace_id,
        platform,
        username,
        exclusion_reason,
        {{ to_whole_number('sum(interaction_count)') }} as total_interactions,
        count(*) as unique_issues,
        {{ json_list(
            'issue_id', 'place', 'place <= ' ~ var('issue_most_engaged_count')
        ) }} as most_engaged_issues,
        is_eligible,
        max(last_interaction) as last_interaction
    from ranked
    group by
        follower_id, workspace_id, platform, username, exclusion_reason, is_eligible
),

stats as (
    select
        follower_id,
        workspace_id,
        platform,
        username,
        exclusion_reason,
        most_engaged_issues,
        total_interactions,
        unique_issues,
        {{ rounded('1.0 * total_interactions / unique_issues', 2) }}
            as avg_interactions_per_issue,
        is_eligible,
        last_interaction
    from summed
)

select * from stats
