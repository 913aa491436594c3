{{
    config(
        incremental_strategy='additive',
        unique_key=['workspace_id', 'platform', 'activity_date'],
        meta={
            'added': added_columns(
                ['timed_interaction_count', 'active_count'], per_type=true
            ),
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

days as {{ not_materialized() }} (
    select * from {{ ref('follower_daily_totals') }}
),

fresh as (
    select
        ldg.follower_id,
        ldg.workspace_id,
        ldg.platform,
        sum(ldg.gross_sign) as gross_interaction_count,
        sum(ldg.sign) as interaction_count,
        -- an archive does not know the hours of what it stands for
        coalesce(sum(ldg.sign) filter (where ldg.archive_id is null), 0)
            as timed_interaction_count,
        {{ sums_per_type('ldg.sign') }},
        {{ local_date('ldg.occurred_at', 'stg.time_zone') }} as activity_date
    from ledger as ldg
    -- inner: every workspace with a ledger entry has settings
    inner join settings as stg on ldg.workspace_id = stg.workspace_id
    where ldg.occurred_at is not null and {{ is_unconsumed('ldg') }}
    group by
        ldg.follower_id,
        ldg.workspace_id,
        ldg.platform,
        {{ local_date('ldg.occurred_at', 'stg.time_zone') }}
),

sums as (
    select
        frs.workspace_id,
        frs.platform,
        {{ to_whole_number('sum(frs.gross_interaction_count)') }}
            as gross_interaction_count,
        {{ to_whole_number('sum(frs.interaction_count)') }} as interaction_count,
        {{ to_whole_number('sum(frs.timed_interaction_count)') }}
            as timed_interaction_count,
        {{ newly_active('frs') }} as active_count,
        {% for type in var('interaction_types') -%}
        {{ to_whole_number('sum(frs.' ~ type ~ '_count)') }} as {{ type }}_count,
        {% endfor -%}
        frs.activity_date
    from fresh as frs
    {{ join_stored_counts('frs', 'days', ['activity_date']) }}
    group by frs.workspace_id, frs.platform, frs.activity_date
    having {{ is_worth_a_row('sum(frs.gross_interaction_count)') }}
)

select * from sums
