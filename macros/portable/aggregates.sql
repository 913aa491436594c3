{#- Aggregates in a stated order. -#}

{% macro joined_text(expression, separator, order_by) %}{{ return(adapter.dispatch('joined_text')(expression, separator, order_by)) }}{% endmacro %}
{% macro default__joined_text(expression, separator, order_by) %}{{ exceptions.raise_compiler_error('joined_text is not written for this engine') }}{% endmacro %}
{% macro postgres__joined_text(expression, separator, order_by) %}{{ return('string_agg(' ~ expression ~ ", '" ~ separator ~ "' order by " ~ order_by ~ ')') }}{% endmacro %}

{#- The value of the last row, in the given order, in which it is known. -#}
{% macro last_known(expression, order_by) %}{{ return(adapter.dispatch('last_known')(expression, order_by)) }}{% endmacro %}
{% macro default__last_known(expression, order_by) %}{{ exceptions.raise_compiler_error('last_known is not written for this engine') }}{% endmacro %}
{% macro postgres__last_known(expression, order_by) %}{{ return('(array_agg(' ~ expression ~ ' order by ' ~ order_by ~ ') filter (where ' ~ expression ~ ' is not null))[1]') }}{% endmacro %}

{#- The value of the first row of a named, cumulative window in which it is known. -#}
{% macro first_known_over(expression, window) %}{{ return(adapter.dispatch('first_known_over')(expression, window)) }}{% endmacro %}
{% macro default__first_known_over(expression, window) %}{{ exceptions.raise_compiler_error('first_known_over is not written for this engine') }}{% endmacro %}
{% macro postgres__first_known_over(expression, window) %}{{ return('(array_agg(' ~ expression ~ ') filter (where ' ~ expression ~ ' is not null) over ' ~ window ~ ')[1]') }}{% endmacro %}

{#- The value of the first row in the given order, known or not. -#}
{% macro value_of_first(expression, order_by) %}{{ return(adapter.dispatch('value_of_first')(expression, order_by)) }}{% endmacro %}
{% macro default__value_of_first(expression, order_by) %}{{ exceptions.raise_compiler_error('value_of_first is not written for this engine') }}{% endmacro %}
{% macro postgres__value_of_first(expression, order_by) %}{{ return('(array_agg(' ~ expression ~ ' order by ' ~ order_by ~ '))[1]') }}{% endmacro %}

{#- The middle value of the rows that the condition holds for, to one place. -#}
{% macro median(expression, condition) %}{{ return(adapter.dispatch('median')(expression, condition)) }}{% endmacro %}
{% macro default__median(expression, condition) %}{{ exceptions.raise_compiler_error('median is not written for this engine') }}{% endmacro %}
{% macro postgres__median(expression, condition) %}{{ return('round((percentile_cont(0.5) within group (order by ' ~ expression ~ ') filter (where ' ~ condition ~ '))::numeric, 1)') }}{% endmacro %}
