select
    rank,
    content_id,
    title,
    points,
    points_before,
    points_change,
    interaction_count
from top_content
where workspace_id = %(workspace)s and window_days = 30 and rank <= 20
order by rank, content_id
