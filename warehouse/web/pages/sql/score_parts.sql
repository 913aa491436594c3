with

counts as (
    select
        comment_count,
        like_count,
        share_count,
        save_count,
        profile_visit_count,
        link_click_count
    from follower_engagement_scores
    where workspace_id = %(workspace)s and follower_id = %(id)s
),

parts as (
    select
        'comment' as interaction_type,
        comment_count as interaction_count,
        calculate_engagement_score(1, 0, 0, 0, 0, 0) as weight
    from counts
    union all
    select
        'like' as interaction_type,
        like_count as interaction_count,
        calculate_engagement_score(0, 1, 0, 0, 0, 0) as weight
    from counts
    union all
    select
        'share' as interaction_type,
        share_count as interaction_count,
        calculate_engagement_score(0, 0, 1, 0, 0, 0) as weight
    from counts
    union all
    select
        'save' as interaction_type,
        save_count as interaction_count,
        calculate_engagement_score(0, 0, 0, 1, 0, 0) as weight
    from counts
    union all
    select
        'profile_visit' as interaction_type,
        profile_visit_count as interaction_count,
        calculate_engagement_score(0, 0, 0, 0, 1, 0) as weight
    from counts
    union all
    select
        'link_click' as interaction_type,
        link_click_count as interaction_count,
        calculate_engagement_score(0, 0, 0, 0, 0, 1) as weight
    from counts
)

select
    interaction_type,
    interaction_count,
    weight,
    interaction_count * weight as points
from parts
where interaction_count > 0
order by points desc, interaction_type asc
