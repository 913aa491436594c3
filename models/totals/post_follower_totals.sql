{{
    config(
        incremental_strategy='additive',
        unique_key=['post_id', 'follower_id'],
        meta={'added': added_columns(scored_columns(), per_type=false)},
    )
}}

with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

sums as (
    select
        ldg.post_id,
        ldg.follower_id,
        ldg.workspace_id,
        ldg.platform,
        {{ to_whole_number('sum(ldg.gross_sign)') }} as gross_interaction_count,
        {{ to_whole_number('sum(ldg.sign)') }} as interaction_count,
        {{ sums_per_type('ldg.sign', scored_types()) }}
    from ledger as ldg
    where
        ldg.post_id is not null
        and ldg.follower_id is not null
        and {{ is_unconsumed('ldg') }}
    group by ldg.post_id, ldg.follower_id, ldg.workspace_id, ldg.platform
    having {{ is_worth_a_row('sum(ldg.gross_sign)') }}
)

select * from sums
-- a post's followers lie together: an item's engagers are read post by post
order by post_id, follower_id
