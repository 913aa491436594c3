select
    scores.engagement_score,
    scores.engagement_tier,
    scores.activity_state,
    scores.score_7d,
    scores.score_30d,
    scores.score_90d
from follower_engagement_scores as scores
where scores.workspace_id = %(workspace)s and scores.follower_id = %(id)s
