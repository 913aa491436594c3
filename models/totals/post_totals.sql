{{
    config(
        incremental_strategy='additive',
        unique_key=['post_id'],
        meta={
            'added': added_columns([], per_type=true),
        },
    )
}}

with

ledger as {{ not_materialized() }} (
    select * from {{ ref('interaction_ledger') }}
),

sums as (
    select
        ldg.post_id,
        ldg.workspace_id,
        ldg.platform,
        ldg.platform_post_id,
        {{ to_whole_number('sum(ldg.gross_sign)') }} as gross_interaction_count,
        {{ to_whole_number('sum(ldg.sign)') }} as interaction_count,
        {{ sums_per_type('ldg.sign') }},
        coalesce(bool_or(ldg.gross_sign < 0), false) as may_have_lost_a_bound,
        min(ldg.occurred_at) filter (where ldg.sign > 0) as first_at,
        max(ldg.occurred_at) filter (where ldg.sign > 0) as last_at
    from ledger as ldg
    where ldg.post_id is not null and {{ is_unconsumed('ldg') }}
    group by ldg.post_id, ldg.workspace_id, ldg.platform, ldg.platform_post_id
    having {{ is_worth_a_row('sum(ldg.gross_sign)') }}
),

-- what is replaced only later still holds
held_bounds as (
    {{ bounds_of_what_ends_later('post_id') }}
),

bounded as (
    select
        sms.post_id,
        sms.workspace_id,
        sms.platform,
        sms.platform_post_id,
        {{ columns_of('sms', added_columns([], per_type=true)) }},
        {{ first_and_last() }}
    from sums as sms
    {{ join_bounds('post_id', ['first_at', 'last_at']) }}
)

select * from bounded
