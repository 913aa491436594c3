select distinct on (platform, community_id)
    community_name,
    community_id,
    platform,
    activity_date,
    interaction_count,
    baseline_interaction_count,
    change_rate,
    active_member_count,
    first_timer_count,
    peak_hour
from daily_highlights
where workspace_id = %(workspace)s
order by platform asc, community_id asc, activity_date desc
