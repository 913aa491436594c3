{{
    config(
        incremental_strategy='additive',
        unique_key=['activity_date', 'post_id', 'follower_id'],
        indexes=[{'columns': ['follower_id', 'post_id', 'activity_date']}],
        meta={
            'added': community_added_columns(),
            'seeds': ['workspaces', 'community_places'],
            'platforms_in': 'community_places',
        },
    )
}}

with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

places as (
    select * from {{ ref('community_places') }}
),

sums as (
    select
        ldg.post_id,
        ldg.follower_id,
        ldg.workspace_id,
        ldg.platform,
        {{ community_sums('ldg') }},
        {{ local_date('ldg.occurred_at', 'stg.time_zone') }} as activity_date
    from ledger as ldg
    -- inner: every workspace with a ledger entry has settings
    inner join settings as stg on ldg.workspace_id = stg.workspace_id
    where
        {{ is_community_entry('ldg', 'places') }}
        and ldg.follower_id is not null
        and ldg.occurred_at is not null
        and {{ is_unconsumed('ldg') }}
    group by
        ldg.post_id,
        ldg.follower_id,
        ldg.workspace_id,
        ldg.platform,
        {{ local_date('ldg.occurred_at', 'stg.time_zone') }}
    having {{ is_worth_a_row('sum(ldg.gross_sign)') }}
)

select * from sums
