{{
    config(
        incremental_strategy='additive',
        unique_key=['workspace_id', 'platform', 'cohort_week', 'week_number'],
        meta={'added': ['active_count', 'last_active_count'], 'seeds': 'workspaces'},
    )
}}
{#- what a follower was before the run is taken away, what it is now is added -#}
{% set moments = {'before': -1, 'now': 1} if is_incremental() else {'now': 1} %}
{% set week = week_of('activity_date', 'first_weekday') %}

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
        dys.*,
        stg.first_weekday,
        dys.interaction_count > 0 as is_active_now
    from days as dys
    -- inner: every workspace with a ledger entry has settings
    inner join settings as stg on dys.workspace_id = stg.workspace_id
    {%- endif %}
),

weeks as (
    select
        follower_id,
        workspace_id,
        platform,
        {% for moment in moments -%}
        bool_or(is_active_{{ moment }}) as is_active_{{ moment }},
        {% endfor -%}
        {{ week }} as activity_week
    from active_days
    group by follower_id, workspace_id, platform, {{ week }}
),

-- of each week of a follower, in which it began and in which it ended
placed as (
    select
        workspace_id,
        platform,
        {% for moment in moments -%}
        is_active_{{ moment }},
        min(activity_week) filter (where is_active_{{ moment }}) over follower
            as first_{{ moment }},
        max(activity_week) filter (where is_active_{{ moment }}) over follower
            as last_{{ moment }},
        {% endfor -%}
        activity_week
    from weeks
    window follower as (partition by follower_id)
),

moves as (
    {% for moment, sign in moments.items() -%}
    select
        workspace_id,
        platform,
        {{ weeks_between('first_' ~ moment, 'activity_week') }} as week_number,
        {{ sign }} as active_count,
        case activity_week when last_{{ moment }} then {{ sign }} else 0 end
            as last_active_count,
        first_{{ moment }} as cohort_week
    from placed
    where is_active_{{ moment }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

activity as (
    select
        workspace_id,
        platform,
        week_number,
        {{ to_whole_number('sum(active_count)') }} as active_count,
        {{ to_whole_number('sum(last_active_count)') }} as last_active_count,
        cohort_week
    from moves
    group by workspace_id, platform, cohort_week, week_number
    having sum(active_count) <> 0 or sum(last_active_count) <> 0
)

select * from activity
