{{
    config(
        incremental_strategy='additive',
        unique_key=['follower_id', 'thread_id'],
        meta={'added': added_columns([], per_type=false)},
    )
}}

with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

sums as (
    select
        ldg.follower_id,
        ldg.thread_id,
        ldg.workspace_id,
        ldg.platform,
        {{ to_whole_number('sum(ldg.gross_sign)') }} as gross_interaction_count,
        {{ to_whole_number('sum(ldg.sign)') }} as interaction_count
    from ledger as ldg
    where
        ldg.follower_id is not null
        and ldg.thread_id is not null
        and {{ is_unconsumed('ldg') }}
    group by ldg.follower_id, ldg.thread_id, ldg.workspace_id, ldg.platform
    having {{ is_worth_a_row('sum(ldg.gross_sign)') }}
)

select * from sums
