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

{#- The engagement score of the grouped interactions whose `occurred_at` lies in the last days. -#}
{% macro engagement_score_in_window(days) %}
    {%- set since = days_before(as_of(), days) -%}
    {{ function('calculate_engagement_score') }}(
        {%- for type in scored_types() %}
        {{ to_whole_number("coalesce(sum(sign) filter (where interaction_type = '" ~ type ~ "' and occurred_at > " ~ since ~ '), 0)') }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{% endmacro %}
