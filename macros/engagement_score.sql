{#- The types that the engagement score is made of, in the order of its arguments. -#}
{% macro scored_types() %}
    {{ return(['comment', 'like', 'share', 'save', 'profile_visit', 'link_click']) }}
{% endmacro %}

{#- The engagement score of a relation's count columns. -#}
{% macro engagement_score(relation) %}
    {{ function('calculate_engagement_score') }}(
        {%- for type in scored_types() %}
        {{ relation }}.{{ type }}_count{{ ',' if not loop.last }}
        {%- endfor %}
    )
{% endmacro %}

{#- The engagement score of the grouped interactions that happened after `since`, up to `until`. -#}
{% macro engagement_score_between(since, until) %}
    {%- set within = 'occurred_at > ' ~ since ~ ' and occurred_at <= ' ~ until -%}
    {{ function('calculate_engagement_score') }}(
        {%- for type in scored_types() %}
        {{ to_whole_number("coalesce(sum(sign) filter (where interaction_type = '" ~ type ~ "' and " ~ within ~ '), 0)') }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{% endmacro %}
