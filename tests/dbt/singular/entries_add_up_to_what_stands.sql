-- The entries of an interaction add up to its one standing entry.
with

entries as (
    select * from {{ ref('interaction_ledger') }}
),

-- imported once for each index: what is read twice is read whole and loses them
standing as (
    select * from {{ ref('interaction_ledger') }}
),

replaced as (
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
        ldg.sign as standing_sign,
        ldg.gross_sign as standing_gross_sign
    from touched as tch
    inner join standing as ldg
        on tch.interaction_id = ldg.interaction_id and ldg.is_standing
    union all
    select
        tch.interaction_id,
        ldg.sign,
        ldg.gross_sign,
        null as standing_sign,
        null as standing_gross_sign
    from touched as tch
    inner join replaced as ldg
        on tch.interaction_id = ldg.interaction_id and not ldg.is_standing
)

select interaction_id
from signed
group by interaction_id
having
    count(standing_sign) <> 1
    or sum(sign) <> sum(standing_sign)
    or sum(gross_sign) <> sum(standing_gross_sign)
