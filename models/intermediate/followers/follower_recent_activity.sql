{% set lately = var('activity_window_days') %}
{#- name: how many days ago it began and ended; `day` is longer than any day -#}
{% set spans = {} %}
{% for days in var('score_window_days') %}
{%- do spans.update({days ~ 'd': (days, 0)}) -%}
{% endfor %}
{% do spans.update({'now': (lately, 0), 'before': (2 * lately, lately)}) %}
{% set longest = spans.values() | map('first') | max %}
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

-- the days of each workspace that cut a span, found once and not for every row
bounds as (
    select
        workspace_id,
        {% for days in spans.values() | sum(start=()) | unique -%}
        {{ local_date(days_before(as_of(), days), 'time_zone') }} as date_{{ days }},
        {% endfor -%}
        time_zone
    from settings
),

-- whole days, and single interactions on the days on which a span begins or ends
placed as (
    select
        dys.follower_id,
        {{ columns_of('dys', scored_columns()) }},
        {% for name, (since, until) in spans.items() -%}
        dys.activity_date > bnd.date_{{ since }}
        {{ 'and dys.activity_date < bnd.date_' ~ until if until }} as is_in_{{ name }},
        {% endfor -%}
        dys.interaction_count > 0 as is_active
    from days as dys
    -- inner: every workspace with an interaction has settings
    inner join bounds as bnd on dys.workspace_id = bnd.workspace_id
    where dys.activity_date > bnd.date_{{ longest }}
    union all
    select
        itr.follower_id,
        {% for type in scored_types() -%}
        case when itr.interaction_type = '{{ type }}' then itr.sign else 0 end
            as {{ type }}_count,
        {% endfor -%}
        {% for name, (since, until) in spans.items() -%}
        case {{ local_date('itr.occurred_at', 'bds.time_zone') }}
            when bds.date_{{ since }}
                then itr.occurred_at > {{ days_before(as_of(), since) }}
            when bds.date_{{ until }}
                then
                    itr.occurred_at <= {{ days_before(as_of(), until) }}
                    and {{ until }} > 0
            else false
        end as is_in_{{ name }},
        {% endfor -%}
        true as is_active
    from interactions as itr
    -- inner: every workspace with an interaction has settings
    inner join bounds as bds on itr.workspace_id = bds.workspace_id
    where
        itr.sign > 0
        and itr.follower_id is not null
        and (
            {% for since, until in spans.values() | unique -%}
            itr.occurred_at > {{ days_before(as_of(), since) }}
            and itr.occurred_at <= {{ days_before(as_of(), since - day) }}
            {% if until -%}
            or itr.occurred_at > {{ days_before(as_of(), until + day) }}
            and itr.occurred_at <= {{ days_before(as_of(), until) }}
            {% endif -%}
            {{ 'or' if not loop.last }}
            {% endfor %}
        )
),

recent as (
    select
        follower_id,
        {% for name in spans -%}
        {{ engagement_score_where('is_in_' ~ name) }} as score_{{ name }},
        {% endfor -%}
        coalesce(bool_or(is_active and is_in_now), false) as is_active_now,
        coalesce(bool_or(is_active and is_in_before), false) as is_active_before
    from placed
    group by follower_id
)

select * from recent
