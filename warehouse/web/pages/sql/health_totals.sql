select
    coalesce(sum(record_count), 0) as record_count,
    coalesce(sum(landed_count), 0) as landed_count,
    coalesce(sum(rejected_count), 0) as rejected_count,
    coalesce(sum(pending_load_count), 0) as pending_load_count,
    coalesce(sum(load_count), 0) as load_count,
    max(last_received_at) as last_received_at
from landed_sources
where workspace_id = %(workspace)s
