{{
    config(
        incremental_strategy='additive',
        unique_key=['workspace_id', 'platform'],
        meta={'added': added_columns([], per_type=false)},
    )
}}

with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

sums as (
    select
        ldg.workspace_id,
        ldg.platform,
        {{ to_whole_number('sum(ldg.gross_sign)') }} as gross_interaction_count,
        {{ to_whole_number('sum(ldg.sign)') }} as interaction_count
    from ledger as ldg
    where {{ is_unconsumed('ldg') }}
    group by ldg.workspace_id, ldg.platform
    having {{ is_worth_a_row('sum(ldg.gross_sign)') }}
)

select * from sums
