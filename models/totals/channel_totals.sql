{{
    config(
        incremental_strategy='additive',
        unique_key=['post_id'],
        meta={'added': community_added_columns(), 'seeds': 'community_places'},
    )
}}

with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

places as (
    select * from {{ ref('community_places') }}
),

sums as (
    select
        ldg.post_id,
        ldg.workspace_id,
        ldg.platform,
        ldg.platform_post_id,
        {{ community_sums('ldg') }}
    from ledger as ldg
    where
        {{ is_community_entry('ldg', 'places') }}
        and {{ is_unconsumed('ldg') }}
    group by ldg.post_id, ldg.workspace_id, ldg.platform, ldg.platform_post_id
    having {{ is_worth_a_row('sum(ldg.gross_sign)') }}
)

select * from sums
