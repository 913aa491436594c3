select
    runs.run_seq,
    runs.started_at,
    runs.finished_at,
    runs.is_successful,
    runs.as_of,
    (
        select count(*)
        from raw.loads as loads
        where loads.run_seq = runs.run_seq and loads.workspace_id = %(workspace)s
    ) as load_count
from raw.runs as runs
where runs.schema_prefix = ''
order by runs.run_seq desc
limit 10
