-- The entries of an interaction add up to its one current entry.
with

entries as {{ not_materialized() }} (
    select * from {{ ref('interaction_ledger') }}
),

touched as (
    select interaction_id
    from entries
    where {{ is_newly_posted('run_seq') }}
    group by interaction_id
    {{ as_many_as_are_recounted('interaction_id') }}
),

signed as (
    select
        tch.interaction_id,
        ldg.sign,
        ldg.gross_sign,
        ldg.sign as current_sign,
        ldg.gross_sign as current_gross_sign
    from touched as tch
    inner join entries as ldg
        on tch.interaction_id = ldg.interaction_id and ldg.is_current
    union all
    select
        tch.interaction_id,
        ldg.sign,
        ldg.gross_sign,
        null as current_sign,
        null as current_gross_sign
    from touched as tch
    inner join entries as ldg
        on tch.interaction_id = ldg.interaction_id and not ldg.is_current
)

select interaction_id
from signed
group by interaction_id
having
    count(current_sign) <> 1
    or sum(sign) <> sum(current_sign)
    or sum(gross_sign) <> sum(current_gross_sign)
