with

loads as (
    select * from {{ source('raw', 'loads') }}
),

sources as (
    select
        workspace_id,
        platform,
        format,
        count(*) as load_count,
        {{ to_whole_number('sum(n_in)') }} as record_count,
        {{ to_whole_number('sum(n_landed)') }} as landed_count,
        {{ to_whole_number('sum(n_rejected)') }} as rejected_count,
        count(*) filter (where run_seq is null) as pending_load_count,
        min(received_at) as first_received_at,
        max(received_at) as last_received_at
    from loads
    group by workspace_id, platform, format
)

select * from sources
