{{
    config(
        incremental_strategy='additive',
        unique_key=['workspace_id', 'platform', 'activity_weekday', 'activity_hour'],
        meta={
            'added': ['gross_interaction_count', 'interaction_count', 'active_count'],
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

hours as {{ not_materialized() }} (
    select * from {{ ref('follower_hourly_totals') }}
),

fresh as (
    select
        ldg.follower_id,
        ldg.workspace_id,
        ldg.platform,
        sum(ldg.gross_sign) as gross_interaction_count,
        sum(ldg.sign) as interaction_count,
        {{ weekday }} as activity_weekday,
        {{ hour }} as activity_hour
    from ledger as ldg
    -- inner: every workspace with a ledger entry has settings
    inner join settings as stg on ldg.workspace_id = stg.workspace_id
    where
        ldg.occurred_at is not null
        -- an archive does not know the hours of what it stands for
        and ldg.archive_id is null
        and {{ is_unconsumed('ldg') }}
    group by
        ldg.follower_id,
        ldg.workspace_id,
        ldg.platform,
        {{ weekday }},
        {{ hour }}
),

sums as (
    select
        frs.workspace_id,
        frs.platform,
        {{ to_whole_number('sum(frs.gross_interaction_count)') }}
            as gross_interaction_count,
        {{ to_whole_number('sum(frs.interaction_count)') }} as interaction_count,
        {{ newly_active('frs') }} as active_count,
        frs.activity_weekday,
        frs.activity_hour
    from fresh as frs
    {{ join_stored_counts('frs', 'hours', ['activity_weekday', 'activity_hour']) }}
    group by
        frs.workspace_id, frs.platform, frs.activity_weekday, frs.activity_hour
    having {{ is_worth_a_row('sum(frs.gross_interaction_count)') }}
)

select * from sums
