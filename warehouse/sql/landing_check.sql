-- Keeps what the gate found about one source; the newest stands.
insert into raw.landing_checks (
    workspace_id, platform, format, checked_at, record_count, problem_count,
    critical_count, problems, is_held
)
values (
    %(workspace_id)s,
    %(platform)s,
    %(format)s,
    %(checked_at)s,
    %(record_count)s,
    %(problem_count)s,
    %(critical_count)s,
    %(problems)s,
    %(is_held)s
)
on conflict (workspace_id, platform, format) do update
    set
        checked_at = excluded.checked_at,
        record_count = excluded.record_count,
        problem_count = excluded.problem_count,
        critical_count = excluded.critical_count,
        problems = excluded.problems,
        is_held = excluded.is_held
