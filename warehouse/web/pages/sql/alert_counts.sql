select
    alert_kind,
    severity,
    count(*) as row_count
from engagement_alerts
where workspace_id = %(workspace)s
group by alert_kind, severity
order by alert_kind, severity
