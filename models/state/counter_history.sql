{{
    config(
        incremental_strategy='merge',
        unique_key='observation_id',
        indexes=[{'columns': ['post_id']}],
    )
}}

with

counters as (
    select *
    from {{ ref('stg_counters') }}
    where {{ is_in_unconsumed_load('load_id') }}
),

keyed as (
    select
        *,
        {{ fingerprint(['post_id', 'native_metric', 'reported_count', 'observed_at']) }}
            as observation_id
    from counters
),

numbered as (
    select
        *,
        row_number() over (
            partition by observation_id
            order by run_seq desc, load_id desc, line_no desc
        ) as newest_first
    from keyed
),

observations as (
    select
        observation_id,
        post_id,
        workspace_id,
        platform,
        platform_post_id,
        native_metric,
        reported_count,
        load_id,
        line_no,
        run_seq,
        observed_at,
        received_at
    from numbered
    where newest_first = 1
)

select * from observations
