-- The newest loads that runs have taken up, of the same workspace, platform and format
-- as those that wait; is_counted: raw.load_counts has them.
-- pending: the waiting loads; most: how many of each.
with

sources as (
    select distinct
        workspace_id,
        platform,
        format
    from raw.loads
    where load_id = any(%(pending)s::bigint[])
),

earlier as (
    select newest.load_id
    from sources as src
    cross join lateral (
        select lds.load_id
        from raw.loads as lds
        where
            src.workspace_id = lds.workspace_id
            and src.platform = lds.platform
            and src.format = lds.format
            and lds.run_seq is not null
            and lds.replay_of is null
        order by lds.load_id desc
        limit %(most)s
    ) as newest
)

select
    erl.load_id,
    exists(
        select from raw.load_counts as cnt
        where cnt.load_id = erl.load_id
    ) as is_counted
from earlier as erl
order by erl.load_id
