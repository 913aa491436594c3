with

counters as (
    select * from {{ ref('counter_history') }}
),

metrics as (
    select * from {{ ref('counter_metrics') }}
),

unmapped as (
    select
        ctr.workspace_id,
        ctr.platform,
        ctr.native_metric,
        count(*) as counter_count,
        max(ctr.received_at) as last_landed_at
    from counters as ctr
    -- left: the metrics without a mapping row are the ones that are looked for
    left join metrics as mtr on ctr.native_metric = mtr.native_metric
    where mtr.native_metric is null
    group by ctr.workspace_id, ctr.platform, ctr.native_metric
)

select * from unmapped
