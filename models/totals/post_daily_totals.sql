{{
    config(
        incremental_strategy='additive',
        unique_key=['activity_date', 'post_id'],
        indexes=[{'columns': ['post_id', 'activity_date']}],
        meta={
            'added': added_columns([], per_type=true),
            'seeds': 'workspaces',
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

sums as (
    select
        ldg.post_id,
        ldg.workspace_id,
        ldg.platform,
        {{ to_whole_number('sum(ldg.gross_sign)') }} as gross_interaction_count,
        {{ to_whole_number('sum(ldg.sign)') }} as interaction_count,
        {{ sums_per_type('ldg.sign') }},
        {{ local_date('ldg.occurred_at', 'stg.time_zone') }} as activity_date
    from ledger as ldg
    -- inner: every workspace with a ledger entry has settings
    inner join settings as stg on ldg.workspace_id = stg.workspace_id
    where
        ldg.post_id is not null
        and ldg.occurred_at is not null
        and {{ is_unconsumed('ldg') }}
    group by
        ldg.post_id,
        ldg.workspace_id,
        ldg.platform,
        {{ local_date('ldg.occurred_at', 'stg.time_zone') }}
    having {{ is_worth_a_row('sum(ldg.gross_sign)') }}
)

select * from sums
