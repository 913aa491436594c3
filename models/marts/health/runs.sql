with

every_run as (
    select * from {{ source('raw', 'runs') }}
),

loads as (
    select * from {{ source('raw', 'loads') }}
),

taken_up as (
    select
        workspace_id,
        run_seq,
        count(*) as load_count,
        {{ to_whole_number('sum(n_in)') }} as record_count
    from loads
    group by workspace_id, run_seq
),

workspaces as (
    select distinct workspace_id from taken_up
),

shown as (
    select
        wsp.workspace_id,
        run.run_seq,
        coalesce(tkn.load_count, 0) as load_count,
        coalesce(tkn.record_count, 0) as record_count,
        run.is_successful,
        run.as_of,
        run.started_at,
        run.finished_at
    from every_run as run
    -- every run is of all workspaces
    cross join workspaces as wsp
    -- left: most runs have no load of most workspaces
    left join taken_up as tkn
        on wsp.workspace_id = tkn.workspace_id and run.run_seq = tkn.run_seq
    -- those of builds of the past are not published
    where run.schema_prefix = ''
)

select * from shown
