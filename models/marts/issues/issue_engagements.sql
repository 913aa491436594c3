with

counts as (
    select * from {{ ref('issue_engagement_counts') }}
),

accounts as (
    select * from {{ ref('accounts') }}
),

aged as (
    select
        cnt.*,
        {{ shown_name('acc') }} as username,
        acc.exclusion_reason,
        {{ fractional_days_between('cnt.last_interaction', as_of()) }} as days_idle
    from counts as cnt
    -- left: an account is known by its interactions at the latest
    left join accounts as acc on cnt.follower_id = acc.follower_id
),

scored as (
    select
        *,
        {{ issue_recency('days_idle') }} as recency,
        {{ var('issue_count_weight') }}
        * least(1, {{ var('issue_points_per_interaction') }} * interaction_count)
        + {{ var('issue_recency_weight') }} * {{ issue_recency('days_idle') }} as score
    from aged
),

stale as (
    select
        *,
        -- after so many idle days it loses a share a day; not without a last time
        score * coalesce({{ exponential(
            'ln(' ~ var('issue_staleness_factor') ~ ') * greatest(floor(days_idle) - '
            ~ var('issue_staleness_days') ~ ', 0)'
        ) }}, 1) as stale_score
    from scored
),

engagements as (
    select
        follower_id,
        workspace_id,
        platform,
        issue_reference as issue_id,
        linear_id,
        username,
        last_interaction_type,
        context,
        exclusion_reason,
        interaction_count,
        query_count,
        view_count,
        mention_count,
        {{ rounded('recency', 4) }} as recency,
        {{ rounded('score', 4) }} as engagement_score,
        {{ rounded('stale_score', 4) }} as score_after_staleness,
        exclusion_reason is null as is_eligible,
        coalesce(
            stale_score < {{ var('issue_prunable_below_score') }}
            and days_idle >= {{ var('issue_prunable_after_days') }},
            false
        ) as is_prunable,
        first_interaction,
        last_interaction
    from stale
)

select * from engagements
