select
    coalesce(posts.title, durations.post_id) as title,
    durations.view_count,
    durations.short_view_count,
    durations.median_duration_ms,
    durations.average_duration_ms,
    durations.median_scroll_depth
from post_view_duration as durations
-- left: a post that nobody described has no title
left join content_posts as posts on durations.post_key = posts.post_id
where durations.workspace_id = %(workspace)s
order by durations.median_duration_ms desc nulls last, durations.post_key asc
limit 25
