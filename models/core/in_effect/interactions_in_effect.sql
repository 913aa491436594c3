-- The ledger is imported three times: what is read twice is read whole, unindexed.
with

standing_entries as (
    select * from {{ ref('interaction_ledger') }}
),

reversals as (
    select * from {{ ref('interaction_ledger') }}
),

replaced_entries as (
    select * from {{ ref('interaction_ledger') }}
),

standing as (
    select {{ columns_of('ldg', in_effect_columns()) }}
    from standing_entries as ldg
    where ldg.is_standing and {{ is_in_effect('ldg') }}
),

-- what was changed or retracted only later still held
replaced_later as (
    select {{ columns_of('ldg', in_effect_columns()) }}
    from reversals as rvs
    inner join replaced_entries as ldg
        on
            rvs.interaction_id = ldg.interaction_id
            and rvs.reversed_run_seq = ldg.run_seq
    where
        rvs.gross_sign = -1
        and ({{ is_not_yet_in_effect('rvs') }})
        and ldg.gross_sign = 1
        and not ldg.is_standing
        and {{ is_in_effect('ldg') }}
),

in_effect as (
    select * from standing
    union all
    select * from replaced_later
)

select * from in_effect
