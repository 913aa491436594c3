{% set windows = var('score_window_days') %}
{% set active_since = days_before(as_of(), var('activity_window_days')) %}
{% set before_since = days_before(as_of(), 2 * var('activity_window_days')) %}

with

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

recent as (
    select
        follower_id,
        {% for days in windows -%}
        {{ engagement_score_between(days_before(as_of(), days), as_of()) }}
            as score_{{ days }}d,
        {% endfor -%}
        coalesce(bool_or(occurred_at > {{ active_since }}), false) as is_active_now,
        coalesce(bool_or(
            occurred_at <= {{ active_since }} and occurred_at > {{ before_since }}
        ), false) as is_active_before
    from interactions
    where
        sign > 0
        and follower_id is not null
        and occurred_at > {{ days_before(as_of(), windows | max) }}
        and occurred_at <= {{ as_of() }}
    group by follower_id
)

select * from recent
