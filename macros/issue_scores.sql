{#- Scores of an engagement with an issue, a row of `issue_engagement_counts`, as of as_of. -#}

{% macro issue_days_idle(counts) %}
    {{ return(fractional_days_between(counts ~ '.last_interaction', as_of())) }}
{% endmacro %}

{#- How recent it is, from 1 (now) towards 0; 0 where its last time is unknown. -#}
{% macro issue_recency(counts) %}
    {{ return('coalesce(' ~ exponential(
        '-' ~ var('issue_recency_decay_per_day') ~ ' * ' ~ issue_days_idle(counts)
    ) ~ ', 0)') }}
{% endmacro %}

{#- The score before it is rounded. -#}
{% macro exact_issue_score(counts) %}
    {{ return(
        '(' ~ var('issue_count_weight') ~ ' * least(1, ' ~ var('issue_points_per_interaction')
        ~ ' * ' ~ counts ~ '.interaction_count) + ' ~ var('issue_recency_weight') ~ ' * '
        ~ issue_recency(counts) ~ ')'
    ) }}
{% endmacro %}

{#- After so many idle days the score loses a share a day; not without a last time. -#}
{% macro exact_issue_score_after_staleness(counts) %}
    {%- set days = 'greatest(floor(' ~ issue_days_idle(counts) ~ ') - ' ~ var('issue_staleness_days') ~ ', 0)' -%}
    {{ return(
        exact_issue_score(counts) ~ ' * coalesce('
        ~ exponential('ln(' ~ var('issue_staleness_factor') ~ ') * ' ~ days) ~ ', 1)'
    ) }}
{% endmacro %}

{% macro issue_score(counts) %}
    {{ return(rounded(exact_issue_score(counts), 4)) }}
{% endmacro %}

{% macro issue_score_after_staleness(counts) %}
    {{ return(rounded(exact_issue_score_after_staleness(counts), 4)) }}
{% endmacro %}

{#- Whether the score is so low, after so many days, that lists leave the issue out. -#}
{% macro is_prunable(counts) %}
    coalesce(
        {{ exact_issue_score_after_staleness(counts) }}
        < {{ var('issue_prunable_below_score') }}
        and {{ issue_days_idle(counts) }} >= {{ var('issue_prunable_after_days') }},
        false
    )
{%- endmacro %}

{#- The place of an issue among those of its follower, from 1. -#}
{% macro issue_place(counts) %}
    row_number() over (
        partition by {{ counts }}.follower_id
        order by
            {{ issue_score_after_staleness(counts) }} desc,
            {{ counts }}.interaction_count desc,
            {{ counts }}.last_interaction desc nulls last,
            {{ bytewise(counts ~ '.issue_reference') }} asc
    )
{%- endmacro %}
