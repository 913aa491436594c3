select
    rank,
    coalesce(title, post_id) as title,
    url,
    post_id,
    engagement_count,
    weighted_engagement,
    view_count,
    click_count,
    like_count,
    share_count,
    user_count
from top_engaged_posts
where workspace_id = %(workspace)s
order by rank, post_key
limit 25
