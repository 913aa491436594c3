{#- The types that the engagement score is made of, in the order of its arguments. -#}
{% macro scored_types() %}
    {{ return(['comment', 'like', 'share', 'save', 'profile_visit', 'link_click']) }}
{% endmacro %}

{#- The engagement score of a relation's count columns. -#}
{% macro engagement_score(relation) %}
    {{ function('calculate_engagement_score') }}({{ columns_of(relation, scored_columns()) }})
{% endmacro %}

{#- Their count columns. -#}
{% macro scored_columns() %}
    {%- set columns = [] -%}
    {%- for type in scored_types() -%}{%- do columns.append(type ~ '_count') -%}{%- endfor -%}
    {{ return(columns) }}
{% endmacro %}

{#- The engagement score of the grouped rows within a span: their count columns, added up. -#}
{% macro engagement_score_where(is_within) %}
    {{ function('calculate_engagement_score') }}(
        {%- for column in scored_columns() %}
        {{ to_whole_number('coalesce(sum(' ~ column ~ ') filter (where ' ~ is_within ~ '), 0)') }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{% endmacro %}
