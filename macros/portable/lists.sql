{#- Lists of values in one column. -#}

{#- Aggregate: every value, in order, as often as it occurs. -#}
{% macro sorted_values(expression) %}{{ return(adapter.dispatch('sorted_values')(expression)) }}{% endmacro %}
{% macro default__sorted_values(expression) %}{{ exceptions.raise_compiler_error('sorted_values is not written for this engine') }}{% endmacro %}
{% macro postgres__sorted_values(expression) %}{{ return('array_agg(' ~ expression ~ ' order by ' ~ expression ~ ')') }}{% endmacro %}

{#- Aggregate: the known values, in order, each once; of none an empty list. -#}
{% macro distinct_values(expression) %}{{ return(adapter.dispatch('distinct_values')(expression)) }}{% endmacro %}
{% macro default__distinct_values(expression) %}{{ exceptions.raise_compiler_error('distinct_values is not written for this engine') }}{% endmacro %}
{% macro postgres__distinct_values(expression) %}{{ return('array_remove(array_agg(distinct ' ~ expression ~ ' order by ' ~ expression ~ '), null)') }}{% endmacro %}

{#- What either list holds, in order, each once. -#}
{% macro united(one, other) %}{{ return(adapter.dispatch('united')(one, other)) }}{% endmacro %}
{% macro default__united(one, other) %}{{ exceptions.raise_compiler_error('united is not written for this engine') }}{% endmacro %}
{% macro postgres__united(one, other) %}{{ return('array(select distinct unnest(' ~ one ~ ' || ' ~ other ~ ') order by 1)') }}{% endmacro %}

{#- A set-returning expression of the values of a list. -#}
{% macro elements(list) %}{{ return(adapter.dispatch('elements')(list)) }}{% endmacro %}
{% macro default__elements(list) %}{{ exceptions.raise_compiler_error('elements is not written for this engine') }}{% endmacro %}
{% macro postgres__elements(list) %}{{ return('unnest(' ~ list ~ ')') }}{% endmacro %}

{% macro element_count(list) %}{{ return(adapter.dispatch('element_count')(list)) }}{% endmacro %}
{% macro default__element_count(list) %}{{ exceptions.raise_compiler_error('element_count is not written for this engine') }}{% endmacro %}
{% macro postgres__element_count(list) %}{{ return('cardinality(' ~ list ~ ')') }}{% endmacro %}

{#- How many values of a sorted list are no greater than a value. -#}
{% macro count_up_to(value, list) %}{{ return(adapter.dispatch('count_up_to')(value, list)) }}{% endmacro %}
{% macro default__count_up_to(value, list) %}{{ exceptions.raise_compiler_error('count_up_to is not written for this engine') }}{% endmacro %}
{% macro postgres__count_up_to(value, list) %}{{ return('width_bucket(' ~ value ~ ', ' ~ list ~ ')') }}{% endmacro %}
