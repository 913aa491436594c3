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
        follower_id,
        thread_id,
        workspace_id,
        platform,
        {{ to_whole_number('sum(gross_sign)') }} as gross_interaction_count,
        {{ to_whole_number('sum(sign)') }} as interaction_count
    from ledger
    where
        follower_id is not null
        and thread_id is not null
        and {{ is_unconsumed('ledger') }}
    group by follower_id, thread_id, workspace_id, platform
    having {{ is_worth_a_row('sum(gross_sign)') }}
)

select * from sums
