select
    platform,
    format,
    result,
    record_count,
    problem_count,
    problems,
    is_held,
    checked_at
from landing_checks
where workspace_id = %(workspace)s
order by
    case result when 'critical' then 1 when 'warning' then 2 else 3 end,
    checked_at desc,
    platform asc,
    format asc
