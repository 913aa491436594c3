with

counters as (
    select * from {{ ref('counter_history') }}
),

metrics as (
    select * from {{ ref('counter_metrics') }}
),

numbered as (
    select
        ctr.post_id,
        ctr.workspace_id,
        ctr.platform,
        ctr.platform_post_id,
        mtr.interaction_type,
        ctr.reported_count,
        ctr.observed_at,
        row_number() over (
            partition by ctr.post_id, mtr.interaction_type
            order by
                ctr.observed_at desc nulls last,
                ctr.run_seq desc,
                ctr.load_id desc,
                ctr.line_no desc
        ) as newest_first
    from counters as ctr
    -- inner: an unmapped metric counts nothing; `unmapped_counter_metrics` shows it
    inner join metrics as mtr on ctr.native_metric = mtr.native_metric
    where {{ is_observed('ctr.observed_at') }}
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
