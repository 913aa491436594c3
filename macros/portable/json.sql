{#- Fields and elements of delivered JSON. -#}

{% macro json_text(document, key) %}{{ return(adapter.dispatch('json_text')(document, key)) }}{% endmacro %}
{% macro default__json_text(document, key) %}{{ exceptions.raise_compiler_error('json_text is not written for this engine') }}{% endmacro %}
{% macro postgres__json_text(document, key) %}{{ return('(' ~ document ~ " ->> '" ~ key ~ "')") }}{% endmacro %}

{#- A set-returning expression of an array's elements. -#}
{% macro json_elements(document) %}{{ return(adapter.dispatch('json_elements')(document)) }}{% endmacro %}
{% macro default__json_elements(document) %}{{ exceptions.raise_compiler_error('json_elements is not written for this engine') }}{% endmacro %}
{% macro postgres__json_elements(document) %}{{ return('jsonb_array_elements(' ~ document ~ ')') }}{% endmacro %}
