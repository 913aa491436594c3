select
    activity_date,
    interaction_count,
    baseline_interaction_count
from daily_highlights
where
    workspace_id = %(workspace)s
    and community_id = %(id)s
    and activity_date > %(today)s::date - 84
order by activity_date
