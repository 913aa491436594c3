-- The newest runs that publish, and attempts that published nothing, newest first.
with

taken_up as (
    select
        run_seq,
        count(*) as load_count,
        sum(n_in)::bigint as record_count
    from raw.loads
    where run_seq is not null
    group by run_seq
),

active as (
    select count(*) > 0 as is_active
    from pg_catalog.pg_locks as lck
    inner join pg_catalog.pg_database as dat on lck.database = dat.oid
    where
        lck.locktype = 'relation'
        and lck.granted
        and lck.mode = 'ExclusiveLock'
        and dat.datname = current_database()
        and lck.relation = 'raw.run_lock'::regclass
),

numbered as (
    select
        run.run_seq,
        run.started_at,
        run.finished_at,
        run.is_successful,
        why.problems,
        run.run_seq = max(run.run_seq) over () as is_newest
    from raw.runs as run
    -- left: most runs have no problem
    left join raw.run_problems as why on run.run_seq = why.run_seq
    -- those of builds of the past are not published
    where run.schema_prefix = ''
),

told as (
    select
        num.run_seq,
        case
            when num.is_successful then 'succeeded'
            when num.finished_at is not null then 'failed'
            when num.is_newest and act.is_active then 'running'
            else 'unfinished'
        end as outcome,
        num.started_at,
        num.finished_at,
        num.problems
    from numbered as num
    cross join active as act
    union all
    select
        null::bigint as run_seq,
        case when is_held then 'held' else 'failed' end as outcome,
        started_at,
        finished_at,
        problems
    from raw.run_problems
    where run_seq is null
)

select
    tld.run_seq,
    tld.outcome,
    tld.started_at,
    tld.finished_at,
    coalesce(tkn.load_count, 0) as load_count,
    coalesce(tkn.record_count, 0) as record_count,
    string_to_array(coalesce(tld.problems, ''), e'\n') as problems
from told as tld
-- left: many runs take no load up
left join taken_up as tkn on tld.run_seq = tkn.run_seq
order by tld.started_at desc, tld.run_seq desc nulls last
limit %(most)s
