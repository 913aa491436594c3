with

counters as (
    select * from {{ source('raw', 'counters') }}
),

loads as (
    select * from {{ ref('stg_loads') }}
),

keyed as (
    select
        {{ natural_key(['ctr.workspace_id', 'ctr.platform', 'ctr.post_id']) }}
            as post_id,
        ctr.workspace_id,
        ctr.platform,
        ctr.post_id as platform_post_id,
        ctr.native_metric,
        ctr.value as reported_count,
        ctr.load_id,
        ctr.line_no,
        lds.run_seq,
        -- without a time of its own it is as new as its document
        coalesce(ctr.observed_at, lds.documented_at) as observed_at,
        lds.received_at
    from counters as ctr
    -- inner: rows of a load that no run has taken up are not there yet
    inner join loads as lds on ctr.load_id = lds.load_id
)

select * from keyed
