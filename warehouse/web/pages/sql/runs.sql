select
    run_seq,
    started_at,
    finished_at,
    is_successful,
    as_of,
    load_count,
    record_count
from runs
where workspace_id = %(workspace)s
order by run_seq desc
limit 10
