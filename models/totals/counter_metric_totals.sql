{{
    config(
        incremental_strategy='additive',
        unique_key=['workspace_id', 'platform', 'native_metric'],
        meta={'added': ['counter_count']},
    )
}}

with

counters as (
    select * from {{ ref('stg_counters') }}
    where {{ is_in_unconsumed_load('load_id') }}
),

sums as (
    select
        workspace_id,
        platform,
        native_metric,
        count(*) as counter_count,
        max(received_at) as last_landed_at
    from counters
    group by workspace_id, platform, native_metric
)

select * from sums
