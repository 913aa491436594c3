select
    rank,
    content_id,
    title,
    points,
    points_before,
    points_change,
    interaction_count
from top_content
where
    workspace_id = %(workspace)s
    -- content is ranked over 7 and over 30 days
    and window_days = case when %(days)s::integer <= 7 then 7 else 30 end
    and rank <= 20
order by rank, content_id
