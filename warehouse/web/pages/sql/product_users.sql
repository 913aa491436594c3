select
    user_id,
    follower_id,
    engagement_rate,
    view_count,
    click_count,
    like_count,
    share_count,
    post_count,
    last_interaction_at
from user_engagement
where workspace_id = %(workspace)s and is_eligible
order by click_count + like_count + share_count desc, follower_id asc
limit 25
