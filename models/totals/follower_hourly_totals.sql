{{
    config(
        incremental_strategy='additive',
        unique_key=['follower_id', 'activity_weekday', 'activity_hour'],
        meta={
            'added': ['gross_interaction_count', 'interaction_count'],
            'seeds': 'workspaces',
        },
    )
}}
{% set weekday = weekday_of(local_date('ldg.occurred_at', 'stg.time_zone')) %}
{% set hour = local_hour('ldg.occurred_at', 'stg.time_zone') %}

with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

sums as (
    select
        ldg.follower_id,
        ldg.workspace_id,
        ldg.platform,
        {{ to_whole_number('sum(ldg.gross_sign)') }} as gross_interaction_count,
        {{ to_whole_number('sum(ldg.sign)') }} as interaction_count,
        {{ weekday }} as activity_weekday,
        {{ hour }} as activity_hour
    from ledger as ldg
    -- inner: every workspace with a ledger entry has settings
    inner join settings as stg on ldg.workspace_id = stg.workspace_id
    where
        ldg.follower_id is not null
        and ldg.occurred_at is not null
        -- an archive does not know the hours of what it stands for
        and ldg.archive_id is null
        and {{ is_unconsumed('ldg') }}
    group by
        ldg.follower_id,
        ldg.workspace_id,
        ldg.platform,
        {{ weekday }},
        {{ hour }}
    having {{ is_worth_a_row('sum(ldg.gross_sign)') }}
)

select * from sums
