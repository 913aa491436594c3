{#- An expression within 0 and a highest value; what is not known is 0. -#}
{% macro bounded(expression, most) %}
    case
        when {{ expression }} is null then 0
        else greatest(least({{ expression }}, {{ most }}), 0)
    end
{% endmacro %}
