with

totals as (
    select * from {{ ref('counter_metric_totals') }}
),

metrics as (
    select * from {{ ref('counter_metrics') }}
),

unmapped as (
    select
        ctr.workspace_id,
        ctr.platform,
        ctr.native_metric,
        ctr.counter_count,
        ctr.last_landed_at
    from totals as ctr
    {{ join_metrics('ctr', 'metrics') }}
    where by_metric.native_metric is null and by_prefix.native_metric is null
)

select * from unmapped
