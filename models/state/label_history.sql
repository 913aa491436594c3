{{
    config(
        incremental_strategy='merge',
        unique_key='label_id',
        indexes=[{'columns': ['interaction_id']}],
    )
}}

with

labels as (
    select *
    from {{ ref('stg_labels') }}
    where {{ is_in_unconsumed_load('load_id') }}
),

newest as (
    select
        label_id,
        interaction_id,
        workspace_id,
        platform,
        text_fingerprint,
        labeler,
        labeler_version,
        language,
        sentiment,
        sentiment_score,
        load_id,
        line_no,
        run_seq,
        received_at
    from ({{ newest_of('labels', 'label_id') }}) as newest
)

select * from newest
