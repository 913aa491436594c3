{#- Aggregates in a stated order. -#}

{% macro joined_text(expression, separator, order_by) %}{{ return(adapter.dispatch('joined_text')(expression, separator, order_by)) }}{% endmacro %}
{% macro default__joined_text(expression, separator, order_by) %}{{ exceptions.raise_compiler_error('joined_text is not written for this engine') }}{% endmacro %}
{% macro postgres__joined_text(expression, separator, order_by) %}{{ return('string_agg(' ~ expression ~ ", '" ~ separator ~ "' order by " ~ order_by ~ ')') }}{% endmacro %}
{% macro spark__joined_text(expression, separator, order_by) %}{{ return('listagg(' ~ expression ~ ", '" ~ separator ~ "') within group (order by " ~ order_by ~ ')') }}{% endmacro %}

{#- The value of the last row, in the given order, in which it is known. -#}
{% macro last_known(expression, order_by) %}{{ return(adapter.dispatch('last_known')(expression, order_by)) }}{% endmacro %}
{% macro default__last_known(expression, order_by) %}{{ exceptions.raise_compiler_error('last_known is not written for this engine') }}{% endmacro %}
{% macro postgres__last_known(expression, order_by) %}{{ return('(array_agg(' ~ expression ~ ' order by ' ~ order_by ~ ') filter (where ' ~ expression ~ ' is not null))[1]') }}{% endmacro %}
{% macro spark__last_known(expression, order_by) %}{{ return(spark_value_of_greatest(expression, order_by) ~ ' filter (where ' ~ expression ~ ' is not null)') }}{% endmacro %}

{#- The value of the first row of a named, cumulative window in which it is known. -#}
{% macro first_known_over(expression, window) %}{{ return(adapter.dispatch('first_known_over')(expression, window)) }}{% endmacro %}
{% macro default__first_known_over(expression, window) %}{{ exceptions.raise_compiler_error('first_known_over is not written for this engine') }}{% endmacro %}
{% macro postgres__first_known_over(expression, window) %}{{ return('(array_agg(' ~ expression ~ ') filter (where ' ~ expression ~ ' is not null) over ' ~ window ~ ')[1]') }}{% endmacro %}
{% macro spark__first_known_over(expression, window) %}{{ return('first_value(' ~ expression ~ ', true) over ' ~ window) }}{% endmacro %}

{#- The value of the first row in the given order, known or not. -#}
{% macro value_of_first(expression, order_by) %}{{ return(adapter.dispatch('value_of_first')(expression, order_by)) }}{% endmacro %}
{% macro default__value_of_first(expression, order_by) %}{{ exceptions.raise_compiler_error('value_of_first is not written for this engine') }}{% endmacro %}
{% macro postgres__value_of_first(expression, order_by) %}{{ return('(array_agg(' ~ expression ~ ' order by ' ~ order_by ~ '))[1]') }}{% endmacro %}
{% macro spark__value_of_first(expression, order_by) %}{{ return(spark_value_of_greatest(expression, order_by)) }}{% endmacro %}

{#- The middle value of the rows that the condition holds for, to one place. -#}
{% macro median(expression, condition) %}{{ return(adapter.dispatch('median')(expression, condition)) }}{% endmacro %}
{% macro default__median(expression, condition) %}{{ exceptions.raise_compiler_error('median is not written for this engine') }}{% endmacro %}
{% macro postgres__median(expression, condition) %}{{ return('round((percentile_cont(0.5) within group (order by ' ~ expression ~ ') filter (where ' ~ condition ~ '))::numeric, 1)') }}{% endmacro %}
{% macro spark__median(expression, condition) %}{{ return('round(cast(percentile_cont(0.5) within group (order by ' ~ expression ~ ') filter (where ' ~ condition ~ ') as decimal(38, 6)), 1)') }}{% endmacro %}

{#- Spark: the value of the row that comes first in an order of `… desc` keys, whose nulls are last;
    a key `… asc` has to be a number. -#}
{% macro spark_value_of_greatest(expression, order_by) %}
    {%- set keys = [] -%}
    {%- for part in modules.re.split(',(?![^()]*[)])', order_by) -%}
        {%- set found = modules.re.match('^(.+) (asc|desc)( nulls last)?$', part.strip()) -%}
        {%- if found is none -%}
            {{ exceptions.raise_compiler_error('an order here has keys that end in asc or desc, not ' ~ part) }}
        {%- endif -%}
        {%- do keys.append(('-' if found[2] == 'asc' else '') ~ found[1]) -%}
    {%- endfor -%}
    {{ return('max_by(' ~ expression ~ ', struct(' ~ keys | join(', ') ~ '))') }}
{% endmacro %}
