with

counts as (
    select * from {{ ref('issue_engagement_counts') }}
),

accounts as (
    select * from {{ ref('accounts') }}
),

engagements as (
    select
        cnt.follower_id,
        cnt.workspace_id,
        cnt.platform,
        cnt.issue_reference as issue_id,
        cnt.linear_id,
        {{ shown_name('acc') }} as username,
        cnt.last_interaction_type,
        cnt.context,
        acc.exclusion_reason,
        cnt.interaction_count,
        cnt.query_count,
        cnt.view_count,
        cnt.mention_count,
        {{ rounded(issue_recency('cnt'), 4) }} as recency,
        {{ issue_score('cnt') }} as engagement_score,
        {{ issue_score_after_staleness('cnt') }} as score_after_staleness,
        acc.exclusion_reason is null as is_eligible,
        {{ is_prunable('cnt') }} as is_prunable,
        cnt.first_interaction,
        cnt.last_interaction
    from counts as cnt
    -- left: an account is known by its interactions at the latest
    left join accounts as acc on cnt.follower_id = acc.follower_id
)

select * from engagements
