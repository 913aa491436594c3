{{
    config(
        incremental_strategy='additive',
        unique_key=['post_id'],
        meta={'added': community_added_columns(), 'basis': 'community_places'},
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
        post_id,
        workspace_id,
        platform,
        platform_post_id,
        {{ community_sums('ldg') }}
    from ledger as ldg
    where
        {{ is_community_entry('ldg', 'places') }}
        and {{ is_unconsumed('ldg.run_seq') }}
        and {{ is_in_effect('ldg') }}
    group by post_id, workspace_id, platform, platform_post_id
)

select * from sums
