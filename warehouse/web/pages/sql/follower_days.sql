select
    activity_date,
    interaction_count,
    points,
    running_engagement_score
from follower_daily_activity
where workspace_id = %(workspace)s and follower_id = %(id)s
order by activity_date
