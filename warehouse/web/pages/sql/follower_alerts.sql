select
    alert_kind,
    severity,
    evidence,
    since
from engagement_alerts
where workspace_id = %(workspace)s and follower_id = %(id)s
order by since desc nulls last, alert_kind asc
