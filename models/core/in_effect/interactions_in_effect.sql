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
    where ldg.is_standing and {{ is_in_effect('ldg', as_of()) }}
),

-- what was changed or retracted only later still held
replaced_later as (
    {{ entries_still_in_effect(
        'reversals', 'replaced_entries', in_effect_columns(), as_of()
    ) }}
),

in_effect as (
    select * from standing
    union all
    select * from replaced_later
)

select * from in_effect
