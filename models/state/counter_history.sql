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
    from ({{ newest_of('counters', 'observation_id') }}) as newest
)

select * from observations
