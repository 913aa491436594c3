{{
    config(
        incremental_strategy='keyed',
        unique_key=['post_id', 'interaction_type'],
        meta={'basis': 'counter_metrics', 'gone_without': 'workspace_id'},
    )
}}

with

deliveries as (
    select * from {{ ref('stg_counters') }}
),

waiting as (  -- read where rows are brought forward -- noqa: ST03
    select * from {{ ref('counter_history') }}
),

-- imported once for each index: what is read twice is read whole and loses them
history as (
    select * from {{ ref('counter_history') }}
),

metrics as (
    select * from {{ ref('counter_metrics') }}
),

touched as (
    select post_id
    from deliveries
    where {{ is_in_unconsumed_load('load_id') }}
    {%- if is_brought_forward() %}
    union
    select post_id
    from waiting
    where {{ has_become_due('observed_at', 'received_at') }}
    {%- else %}
    group by post_id
    {%- endif %}
),

numbered as (
    select nbr.*
    from touched as tch
    -- lateral: an index look-up per key at any size
    cross join lateral (
        select
            ctr.post_id,
            ctr.workspace_id,
            ctr.platform,
            ctr.platform_post_id,
            mtr.interaction_type,
            ctr.reported_count,
            ctr.observed_at,
            row_number() over (
                partition by mtr.interaction_type
                order by
                    ctr.observed_at desc nulls last,
                    ctr.run_seq desc,
                    ctr.load_id desc,
                    ctr.line_no desc
            ) as newest_first
        from history as ctr
        -- inner: an unmapped metric counts nothing; `unmapped_counter_metrics` shows it
        inner join metrics as mtr on ctr.native_metric = mtr.native_metric
        where
            ctr.post_id = tch.post_id
            and {{ is_observed('ctr.observed_at', run_as_of()) }}
    ) as nbr
),

newest as (
    select
        post_id,
        workspace_id,
        platform,
        platform_post_id,
        interaction_type,
        reported_count,
        observed_at
    from numbered
    where newest_first = 1
)

select * from newest
