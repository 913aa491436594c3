{{
    config(
        incremental_strategy='additive',
        unique_key=['workspace_id', 'platform', 'first_date'],
        meta={'added': ['arrived_count'], 'seeds': 'workspaces'},
    )
}}
{#- what a follower was before the run is taken away, what it is now is added -#}
{% set moments = {'before': -1, 'now': 1} if is_incremental() else {'now': 1} %}

with

settings as (
    select * from {{ ref('workspace_settings') }}
),

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

days as {{ not_materialized() }} (
    select * from {{ ref('follower_daily_totals') }}
),

active_days as (
    {% if is_incremental() -%}
    {{ changed_follower_days() }}
    {%- else -%}
    select
        *,
        interaction_count > 0 as is_active_now
    from days
    {%- endif %}
),

firsts as (
    select
        workspace_id,
        platform,
    {% for moment in moments -%}
    min(activity_date) filter (where is_active_{{ moment }}) as first_{{ moment }}
    {{- ',' if not loop.last }}
    {% endfor %}
    from active_days
    group by follower_id, workspace_id, platform
),

moves as (
    {% for moment, sign in moments.items() -%}
    select
        workspace_id,
        platform,
        {{ sign }} as arrived_count,
        first_{{ moment }} as first_date
    from firsts
    where first_{{ moment }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

arrivals as (
    select
        workspace_id,
        platform,
        {{ to_whole_number('sum(arrived_count)') }} as arrived_count,
        first_date
    from moves
    group by workspace_id, platform, first_date
    having sum(arrived_count) <> 0
)

select * from arrivals
