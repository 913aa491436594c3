with

loads as (
    select * from {{ source('raw', 'loads') }}
),

taken_up as (
    select
        load_id,
        workspace_id,
        platform,
        run_seq,
        documented_at,
        received_at
    from loads
    where run_seq is not null and {{ is_known('received_at') }}
)

select * from taken_up
