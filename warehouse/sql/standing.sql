-- The last run that publishes, the last one that succeeded, the last decision, and the
-- workspaces of all loads: by skipping through an index, for loads may be many.
with recursive

last_run as (
    select
        run_seq,
        finished_at,
        is_successful
    from raw.runs
    where schema_prefix = ''
    order by run_seq desc
    limit 1
),

published as (
    select
        finished_at,
        as_of
    from raw.runs
    where schema_prefix = '' and is_successful
    order by run_seq desc
    limit 1
),

decided as (
    select max(decision_id) as decision_id
    from raw.decisions
),

seen as (
    select min(workspace_id) as workspace_id
    from raw.loads
    union all
    select (
        select min(lds.workspace_id)
        from raw.loads as lds
        where lds.workspace_id > sen.workspace_id
    ) as workspace_id
    from seen as sen
    where sen.workspace_id is not null
)

select
    lst.run_seq,
    lst.finished_at,
    lst.is_successful,
    pbl.finished_at as published_at,
    pbl.as_of,
    dcd.decision_id,
    array(
        select sen.workspace_id
        from seen as sen
        where sen.workspace_id is not null
    ) as workspaces
from decided as dcd
-- left: before the first run, and before one has succeeded
left join last_run as lst on true
left join published as pbl on true
