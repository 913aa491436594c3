select
    coalesce(followers.username, followers.display_name, engaged.user_id) as username,
    engaged.user_id,
    engaged.follower_id,
    engaged.engagement_rate,
    engaged.view_count,
    engaged.click_count,
    engaged.like_count,
    engaged.share_count,
    engaged.last_interaction_at
from user_engagement as engaged
inner join followers on engaged.follower_id = followers.id
where engaged.workspace_id = %(workspace)s and engaged.is_eligible
order by
    engaged.click_count + engaged.like_count + engaged.share_count desc,
    engaged.follower_id asc
limit 25
