-- Every ledger entry was caused by a load of its workspace, taken up by then.
with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

loads as (
    select * from {{ ref('stg_loads') }}
)

select
    ldg.interaction_id,
    ldg.load_id
from ledger as ldg
-- left: an entry without a load is what is looked for
left join loads as lds
    on
        ldg.load_id = lds.load_id
        and ldg.workspace_id = lds.workspace_id
        and ldg.run_seq >= lds.run_seq
where lds.load_id is null and {{ is_newly_posted('ldg.run_seq') }}
