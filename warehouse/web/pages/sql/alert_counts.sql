select
    count(*) as alert_count,
    count(*) filter (where severity = 'warning') as warning_count,
    count(*) filter (where alert_kind = 'super_fan_gained') as gained,
    count(*) filter (where alert_kind = 'super_fan_lost') as lost
from engagement_alerts
where workspace_id = %(workspace)s
