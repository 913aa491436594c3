with

rejects as (
    select * from {{ source('raw', 'rejects') }}
),

loads as (
    select * from {{ source('raw', 'loads') }}
),

counted as (
    select
        lds.workspace_id,
        lds.platform,
        lds.format,
        rjc.reason as reject_reason,
        count(*) as record_count,
        min(lds.received_at) as first_received_at,
        max(lds.received_at) as last_received_at
    from rejects as rjc
    inner join loads as lds on rjc.load_id = lds.load_id
    -- what was mended and loaded again is none any more
    where rjc.replay_load_id is null
    group by lds.workspace_id, lds.platform, lds.format, rjc.reason
)

select * from counted
