select
    platform,
    engagement_score,
    interaction_count,
    comment_count,
    like_count,
    share_count,
    save_count,
    best_view_count,
    last_activity_at
from content_platform_rollup
where workspace_id = %(workspace)s and content_id = %(id)s
order by engagement_score desc nulls last, platform asc
