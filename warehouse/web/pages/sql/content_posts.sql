select
    platform,
    title,
    url,
    external_post_id,
    posted_at,
    is_removed
from content_posts
where workspace_id = %(workspace)s and content_id = %(id)s
order by platform, posted_at nulls last, post_id
