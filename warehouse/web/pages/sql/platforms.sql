select distinct platform
from follower_cohorts
where workspace_id = %(workspace)s
order by platform
