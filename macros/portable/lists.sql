{#- Lists of values in one column. -#}

{#- Aggregate: every value, in order, as often as it occurs. -#}
{% macro sorted_values(expression) %}{{ return(adapter.dispatch('sorted_values')(expression)) }}{% endmacro %}
{% macro default__sorted_values(expression) %}{{ exceptions.raise_compiler_error('sorted_values is not written for this engine') }}{% endmacro %}
{% macro postgres__sorted_values(expression) %}{{ return('array_agg(' ~ expression ~ ' order by ' ~ expression ~ ')') }}{% endmacro %}
{% macro spark__sorted_values(expression) %}{{ return('case when count(' ~ expression ~ ') > 0 then array_sort(collect_list(' ~ expression ~ ')) end') }}{% endmacro %}

{#- Aggregate: the known values, in order, each once; of none an empty list. -#}
{% macro distinct_values(expression) %}{{ return(adapter.dispatch('distinct_values')(expression)) }}{% endmacro %}
{% macro default__distinct_values(expression) %}{{ exceptions.raise_compiler_error('distinct_values is not written for this engine') }}{% endmacro %}
{% macro postgres__distinct_values(expression) %}{{ return('array_remove(array_agg(distinct ' ~ expression ~ ' order by ' ~ expression ~ '), null)') }}{% endmacro %}
{% macro spark__distinct_values(expression) %}{{ return('array_sort(collect_set(' ~ expression ~ '))') }}{% endmacro %}

{#- A set-returning expression of the values of a list. -#}
{% macro elements(list) %}{{ return(adapter.dispatch('elements')(list)) }}{% endmacro %}
{% macro default__elements(list) %}{{ exceptions.raise_compiler_error('elements is not written for this engine') }}{% endmacro %}
{% macro postgres__elements(list) %}{{ return('unnest(' ~ list ~ ')') }}{% endmacro %}
{% macro spark__elements(list) %}{{ return('explode(' ~ list ~ ')') }}{% endmacro %}

{% macro element_count(list) %}{{ return(adapter.dispatch('element_count')(list)) }}{% endmacro %}
{% macro default__element_count(list) %}{{ exceptions.raise_compiler_error('element_count is not written for this engine') }}{% endmacro %}
{% macro postgres__element_count(list) %}{{ return('cardinality(' ~ list ~ ')') }}{% endmacro %}
{% macro spark__element_count(list) %}{{ return('array_size(' ~ list ~ ')') }}{% endmacro %}

{#- How many values of a sorted list are no greater than a value. -#}
{% macro count_up_to(value, list) %}{{ return(adapter.dispatch('count_up_to')(value, list)) }}{% endmacro %}
{% macro default__count_up_to(value, list) %}{{ exceptions.raise_compiler_error('count_up_to is not written for this engine') }}{% endmacro %}
{% macro postgres__count_up_to(value, list) %}{{ return('width_bucket(' ~ value ~ ', ' ~ list ~ ')') }}{% endmacro %}
{% macro spark__count_up_to(value, list) %}{{ return('size(filter(' ~ list ~ ', one -> one <= ' ~ value ~ '))') }}{% endmacro %}

{#- The values of a named window's rows for which the condition holds, in its order; null for none. -#}
{% macro values_over(expression, condition, window) %}{{ return(adapter.dispatch('values_over')(expression, condition, window)) }}{% endmacro %}
{% macro default__values_over(expression, condition, window) %}{{ exceptions.raise_compiler_error('values_over is not written for this engine') }}{% endmacro %}
{% macro postgres__values_over(expression, condition, window) %}{{ return('array_agg(' ~ expression ~ ') filter (where ' ~ condition ~ ') over ' ~ window) }}{% endmacro %}
{#- In a field each, for a bare null would not be collected. -#}
{% macro spark__values_over(expression, condition, window) %}
    {{ return(
        'case when count_if(' ~ condition ~ ') over ' ~ window ~ ' > 0 then transform(collect_list(case when ' ~ condition
        ~ " then named_struct('held', " ~ expression ~ ') end) over ' ~ window ~ ', one -> one.held) end'
    ) }}
{% endmacro %}

{#- A set-returning expression of two lists of the same length: a row per pair. -#}
{% macro paired_elements(one, other) %}{{ return(adapter.dispatch('paired_elements')(one, other)) }}{% endmacro %}
{% macro default__paired_elements(one, other) %}{{ exceptions.raise_compiler_error('paired_elements is not written for this engine') }}{% endmacro %}
{% macro postgres__paired_elements(one, other) %}{{ return('unnest(' ~ one ~ ', ' ~ other ~ ')') }}{% endmacro %}
{% macro spark__paired_elements(one, other) %}{{ return('inline(arrays_zip(' ~ one ~ ', ' ~ other ~ '))') }}{% endmacro %}

{#- A list with one more value at its end; of no list one of that value. -#}
{% macro with_element(list, value) %}{{ return(adapter.dispatch('with_element')(list, value)) }}{% endmacro %}
{% macro default__with_element(list, value) %}{{ exceptions.raise_compiler_error('with_element is not written for this engine') }}{% endmacro %}
{% macro postgres__with_element(list, value) %}{{ return('array_append(' ~ list ~ ', ' ~ value ~ ')') }}{% endmacro %}
{% macro spark__with_element(list, value) %}{{ return('concat(coalesce(' ~ list ~ ', array()), array(' ~ value ~ '))') }}{% endmacro %}
