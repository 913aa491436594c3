{% set lately = var('activity_window_days') %}
{#- name: how many days ago it began and ended -#}
{% set spans = {'now': (lately, 0), 'before': (2 * lately, lately)} %}
{% for days in var('score_window_days') %}
{%- do spans.update({days ~ 'd': (days, 0)}) -%}
{% endfor %}
{% set begins = spans.values() | map('first') | unique | sort %}
{% set ends = spans.values() | map('last') | unique | reject('eq', 0) | sort %}
{#- longer than any day on which clocks change -#}
{% set day = 27 / 24 %}

with

days as (
    select * from {{ ref('follower_daily_totals') }}
),

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

-- imported once more: what is read twice is written down before it is read
zones as (
    select * from {{ ref('workspace_settings') }}
),

whole_days as (
    select
        dys.follower_id,
        {{ columns_of('dys', scored_columns()) }},
        dys.interaction_count > 0 as is_active,
        dys.activity_date,
        stg.time_zone
    from days as dys
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on dys.workspace_id = stg.workspace_id
    where
        dys.activity_date
        > {{ local_date(days_before(as_of(), begins | last), 'stg.time_zone') }}
),

-- what happened within a span, on the days on which it begins and ends
around_edges as (
    select
        itr.follower_id,
        {% for type in scored_types() -%}
        case when itr.interaction_type = '{{ type }}' then itr.sign else 0 end
            as {{ type }}_count,
        {% endfor -%}
        {{ local_date('itr.occurred_at', 'zns.time_zone') }} as activity_date,
        zns.time_zone,
        itr.occurred_at
    from interactions as itr
    -- inner: every workspace with an interaction has settings
    inner join zones as zns on itr.workspace_id = zns.workspace_id
    where
        itr.sign > 0
        and itr.follower_id is not null
        and (
            {% for days in begins -%}
            (
                itr.occurred_at > {{ days_before(as_of(), days) }}
                and itr.occurred_at < {{ days_before(as_of(), days - day) }}
            )
            or
            {% endfor %}
            {%- for days in ends -%}
            (
                itr.occurred_at > {{ days_before(as_of(), days + day) }}
                and itr.occurred_at <= {{ days_before(as_of(), days) }}
            )
            {{ 'or' if not loop.last }}
            {% endfor %}
        )
),

placed as (
    select
        follower_id,
        {{ scored_columns() | join(', ') }},
        {% for name, (since, until) in spans.items() -%}
        activity_date > {{ local_date(days_before(as_of(), since), 'time_zone') }}
        {{ 'and activity_date < ' ~ local_date(days_before(as_of(), until), 'time_zone')
            if until }} as is_in_{{ name }},
        {% endfor -%}
        is_active
    from whole_days
    union all
    select
        follower_id,
        {{ scored_columns() | join(', ') }},
        {% for name, (since, until) in spans.items() -%}
        (
            activity_date = {{ local_date(days_before(as_of(), since), 'time_zone') }}
            and occurred_at > {{ days_before(as_of(), since) }}
        )
        or (
            activity_date = {{ local_date(days_before(as_of(), until), 'time_zone') }}
            and occurred_at <= {{ days_before(as_of(), until) }}
            and {{ until }} > 0
        ) as is_in_{{ name }},
        {% endfor -%}
        true as is_active
    from around_edges
),

recent as (
    select
        follower_id,
        {% for days in var('score_window_days') -%}
        {{ engagement_score_where('is_in_' ~ days ~ 'd') }} as score_{{ days }}d,
        {% endfor -%}
        {{ engagement_score_where('is_in_now') }} as score_now,
        {{ engagement_score_where('is_in_before') }} as score_before,
        coalesce(bool_or(is_active and is_in_now), false) as is_active_now,
        coalesce(bool_or(is_active and is_in_before), false) as is_active_before
    from placed
    group by follower_id
)

select * from recent
