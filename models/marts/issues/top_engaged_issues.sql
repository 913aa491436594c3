with

counts as (
    select * from {{ ref('issue_engagement_counts') }}
),

accounts as (
    select * from {{ ref('accounts') }}
),

ranked as (
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
        {{ issue_score('cnt') }} as engagement_score,
        {{ issue_score_after_staleness('cnt') }} as score_after_staleness,
        {{ issue_place('cnt') }} as rank,
        acc.exclusion_reason is null as is_eligible,
        cnt.last_interaction
    from counts as cnt
    -- left: an account is known by its interactions at the latest
    left join accounts as acc on cnt.follower_id = acc.follower_id
    where
        not {{ is_prunable('cnt') }}
        and {{ issue_score_after_staleness('cnt') }} >= {{ var('issue_minimum_score') }}
)

select * from ranked
