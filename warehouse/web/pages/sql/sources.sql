select
    platform,
    format,
    load_count,
    record_count,
    landed_count,
    rejected_count,
    pending_load_count,
    last_received_at
from landed_sources
where workspace_id = %(workspace)s
order by platform, format
