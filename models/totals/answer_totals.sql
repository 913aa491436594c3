{{
    config(
        incremental_strategy='additive',
        unique_key=['answered_id', 'interaction_type'],
        meta={'added': ['gross_answer_count', 'answer_count']},
    )
}}

with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

sums as (
    select
        ldg.parent_id as answered_id,
        ldg.workspace_id,
        ldg.platform,
        ldg.interaction_type,
        {{ to_whole_number('sum(ldg.gross_sign)') }} as gross_answer_count,
        {{ to_whole_number('sum(ldg.sign)') }} as answer_count
    from ledger as ldg
    where
        ldg.interaction_type is not null
        and ldg.parent_id is not null
        and {{ is_unconsumed('ldg') }}
    group by ldg.parent_id, ldg.workspace_id, ldg.platform, ldg.interaction_type
    having {{ is_worth_a_row('sum(ldg.gross_sign)') }}
)

select * from sums
