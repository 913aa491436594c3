with

notes as (
    select * from {{ source('raw', 'load_notes') }}
),

loads as (
    select * from {{ ref('stg_loads') }}
),

placed as (
    select
        lds.workspace_id,
        lds.platform,
        nts.kind,
        nts.field,
        nts.reason,
        nts.load_id,
        nts.record_count,
        lds.received_at
    from notes as nts
    -- inner: notes of a load that no run has taken up are not there yet
    inner join loads as lds on nts.load_id = lds.load_id
)

select * from placed
