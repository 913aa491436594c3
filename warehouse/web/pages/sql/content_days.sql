select
    activity_date,
    sum(interaction_count) as interaction_count,
    sum(points) as points
from content_daily_activity
where workspace_id = %(workspace)s and content_id = %(id)s
group by activity_date
order by activity_date
