select distinct platform
from daily_activity
where workspace_id = %(workspace)s
order by platform
