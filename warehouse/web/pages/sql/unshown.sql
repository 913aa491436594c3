select
    platform,
    kind,
    native_name,
    reason,
    record_count,
    last_landed_at
from unshown_records
where workspace_id = %(workspace)s
order by record_count desc, platform asc, kind asc, native_name asc
limit 100
