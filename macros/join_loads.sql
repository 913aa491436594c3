{#- Inner join of raw rows to `loads` (stg_loads): rows of a load that no run has taken up are not there
    yet. -#}
{% macro join_loads(records) %}inner join loads as lds on {{ records }}.load_id = lds.load_id{% endmacro %}
