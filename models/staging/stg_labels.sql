with

labels as (
    select * from {{ source('raw', 'labels') }}
),

loads as (
    select * from {{ ref('stg_loads') }}
),

keyed as (
    select
        {{ fingerprint([
            natural_key(['lbl.workspace_id', 'lbl.platform', 'lbl.native_id']),
            'lbl.text_fingerprint', 'lbl.labeler', 'lbl.labeler_version',
        ]) }} as label_id,
        {{ natural_key(['lbl.workspace_id', 'lbl.platform', 'lbl.native_id']) }}
            as interaction_id,
        lbl.workspace_id,
        lbl.platform,
        lbl.text_fingerprint,
        lbl.labeler,
        lbl.labeler_version,
        lbl.language,
        lbl.sentiment,
        lbl.score as sentiment_score,
        lbl.load_id,
        lbl.line_no,
        lds.run_seq,
        lds.received_at
    from labels as lbl
    {{ join_loads('lbl') }}
)

select * from keyed
