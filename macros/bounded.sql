{#- An expression within 0 and a highest value; what is not known is 0. -#}
{% macro bounded(expression, most) %}greatest(least(coalesce({{ expression }}, 0), {{ most }}), 0){% endmacro %}
