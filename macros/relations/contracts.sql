{#- How a contract's columns become an empty query, to compare types with. dbt's own version
    warns of `numeric` without a precision; in Postgres that is the exact type, not a rounded one. -#}
{% macro postgres__get_empty_schema_sql(columns) %}
    select
        {%- for column in columns.values() %}
        cast(null as {{ column['data_type'] }}) as {{ adapter.quote(column['name']) if column.get('quote') else column['name'] }}{{ ',' if not loop.last }}
        {%- endfor %}
{% endmacro %}
