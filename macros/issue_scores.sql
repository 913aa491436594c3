{#- How recent an engagement is, from 1 (now) towards 0; 0 where its last time is unknown. -#}
{% macro issue_recency(days_idle) %}
    coalesce({{ exponential('-' ~ var('issue_recency_decay_per_day') ~ ' * ' ~ days_idle) }}, 0)
{% endmacro %}

{#- The share of its score that an engagement keeps after so many idle days; all of it where
    nothing says that it rests. -#}
{% macro issue_staleness(days_idle) %}
    {%- set idle_days = 'greatest(floor(' ~ days_idle ~ ') - ' ~ var('issue_staleness_days') ~ ', 0)' -%}
    coalesce({{ exponential('ln(' ~ var('issue_staleness_factor') ~ ') * ' ~ idle_days) }}, 1)
{% endmacro %}
