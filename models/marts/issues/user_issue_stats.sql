with

counts as (
    select * from {{ ref('issue_engagement_counts') }}
),

accounts as (
    select * from {{ ref('accounts') }}
),

ranked as (
    select
        cnt.*,
        {{ issue_place('cnt') }} as place
    from counts as cnt
),

stats as (
    select
        rnk.follower_id,
        rnk.workspace_id,
        rnk.platform,
        {{ shown_name('acc') }} as username,
        acc.exclusion_reason,
        {{ json_list(
            'rnk.issue_reference', 'rnk.place', 'rnk.place <= ' ~ var('issue_most_engaged_count')
        ) }} as most_engaged_issues,
        {{ to_whole_number('sum(rnk.interaction_count)') }} as total_interactions,
        count(*) as unique_issues,
        {{ rounded('1.0 * sum(rnk.interaction_count) / count(*)', 2) }}
            as avg_interactions_per_issue,
        acc.exclusion_reason is null as is_eligible,
        max(rnk.last_interaction) as last_interaction
    from ranked as rnk
    -- left: an account is known by its interactions at the latest
    left join accounts as acc on rnk.follower_id = acc.follower_id
    group by
        rnk.follower_id,
        rnk.workspace_id,
        rnk.platform,
        {{ shown_name('acc') }},
        acc.exclusion_reason
)

select * from stats
