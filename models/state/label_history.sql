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

keyed as (
    select
        *,
        {{ fingerprint([
            'interaction_id', 'text_fingerprint', 'labeler', 'labeler_version',
        ]) }} as label_id
    from labels
),

numbered as (
    select
        *,
        row_number() over (
            partition by label_id order by run_seq desc, load_id desc, line_no desc
        ) as newest_first
    from keyed
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
    from numbered
    where newest_first = 1
)

select * from newest
