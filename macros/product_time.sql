{#- When a product interaction happened: by its own clock, else by the server's. An index of the
    ledger holds the same expression. -#}
{% macro product_time(relation) -%}
    coalesce({{ relation }}.occurred_at, {{ relation }}.received_at)
{%- endmacro %}
