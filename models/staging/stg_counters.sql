with

counters as (
    select * from {{ source('raw', 'counters') }}
),

loads as (
    select * from {{ ref('stg_loads') }}
),

keyed as (
    select
        {{ fingerprint([
            natural_key(['ctr.workspace_id', 'ctr.platform', 'ctr.post_id']),
            'ctr.native_metric', 'ctr.value',
            'coalesce(ctr.observed_at, lds.documented_at)',
        ]) }} as observation_id,
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
    {{ join_loads('ctr') }}
)

select * from keyed
