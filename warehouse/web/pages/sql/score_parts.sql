select
    parts.interaction_type,
    parts.interaction_count,
    parts.weight,
    parts.interaction_count * parts.weight as points
from follower_engagement_scores as scores
cross join lateral (
    values
    ('comment', scores.comment_count, calculate_engagement_score(1, 0, 0, 0, 0, 0)),
    ('like', scores.like_count, calculate_engagement_score(0, 1, 0, 0, 0, 0)),
    ('share', scores.share_count, calculate_engagement_score(0, 0, 1, 0, 0, 0)),
    ('save', scores.save_count, calculate_engagement_score(0, 0, 0, 1, 0, 0)),
    ('profile_visit', scores.profile_visit_count, calculate_engagement_score(0, 0, 0, 0, 1, 0)),
    ('link_click', scores.link_click_count, calculate_engagement_score(0, 0, 0, 0, 0, 1))
) as parts (interaction_type, interaction_count, weight)
where
    scores.workspace_id = %(workspace)s
    and scores.follower_id = %(id)s
    and parts.interaction_count > 0
order by points desc, parts.interaction_type
