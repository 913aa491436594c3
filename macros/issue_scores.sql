{#- How recent an engagement is, from 1 (now) towards 0; 0 where its last time is unknown. -#}
{% macro issue_recency(days_idle) %}
    coalesce({{ exponential('-' ~ var('issue_recency_decay_per_day') ~ ' * ' ~ days_idle) }}, 0)
{% endmacro %}

