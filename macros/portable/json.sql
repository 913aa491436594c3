{#- Fields and elements of delivered JSON. -#}

{% macro json_text(document, key) %}{{ return(adapter.dispatch('json_text')(document, key)) }}{% endmacro %}
{% macro default__json_text(document, key) %}{{ exceptions.raise_compiler_error('json_text is not written for this engine') }}{% endmacro %}
{% macro postgres__json_text(document, key) %}{{ return('(' ~ document ~ " ->> '" ~ key ~ "')") }}{% endmacro %}

{#- A set-returning expression of an array's elements. -#}
{% macro json_elements(document) %}{{ return(adapter.dispatch('json_elements')(document)) }}{% endmacro %}
{% macro default__json_elements(document) %}{{ exceptions.raise_compiler_error('json_elements is not written for this engine') }}{% endmacro %}
{% macro postgres__json_elements(document) %}{{ return('jsonb_array_elements(' ~ document ~ ')') }}{% endmacro %}

{#- An object of keys and expressions. -#}
{% macro json_object(values) %}{{ return(adapter.dispatch('json_object')(values)) }}{% endmacro %}
{% macro default__json_object(values) %}{{ exceptions.raise_compiler_error('json_object is not written for this engine') }}{% endmacro %}
{% macro postgres__json_object(values) %}
    jsonb_build_object(
        {%- for key, value in values.items() %}
        '{{ key }}', {{ value }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{% endmacro %}

{#- An array of the grouped rows in a stated order; empty, not null, without any. -#}
{% macro json_array(expression, order_by) %}{{ return(adapter.dispatch('json_array')(expression, order_by)) }}{% endmacro %}
{% macro default__json_array(expression, order_by) %}{{ exceptions.raise_compiler_error('json_array is not written for this engine') }}{% endmacro %}
{% macro postgres__json_array(expression, order_by) %}{{ return('coalesce(jsonb_agg(' ~ expression ~ ' order by ' ~ order_by ~ "), '[]'::jsonb)") }}{% endmacro %}
