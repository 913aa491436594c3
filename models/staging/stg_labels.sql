with

labels as (
    select * from {{ source('raw', 'labels') }}
),

loads as (
    select * from {{ ref('stg_loads') }}
),

keyed as (
    select
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
    -- inner: rows of a load that no run has taken up are not there yet
    inner join loads as lds on lbl.load_id = lds.load_id
)

select * from keyed
