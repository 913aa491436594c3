select
    community_id,
    community_name,
    platform,
    activity_date,
    interaction_count,
    baseline_interaction_count,
    message_count,
    active_member_count,
    first_timer_count,
    peak_hour
from daily_highlights
where workspace_id = %(workspace)s and community_id = %(id)s
order by activity_date desc
limit 1
