-- Keeps why a run failed or held loads back. An attempt without a number that ends like
-- the newest one lengthens its row: `warehouse watch` tries again every few minutes.
with

newest as (
    select *
    from raw.run_problems
    order by problem_id desc
    limit 1
),

lengthened as (
    update raw.run_problems as why
    set finished_at = clock_timestamp()
    from newest
    where
        why.problem_id = newest.problem_id
        and why.run_seq is null
        and %(run_seq)s::bigint is null
        and why.is_held = %(is_held)s
        and why.problems = %(problems)s
    returning why.problem_id
)

insert into raw.run_problems (run_seq, is_held, started_at, finished_at, problems)
select
    %(run_seq)s as run_seq,
    %(is_held)s as is_held,
    clock_timestamp() - make_interval(secs => %(seconds)s) as started_at,
    clock_timestamp() as finished_at,
    %(problems)s as problems
where not exists (select from lengthened)
