{#- How a contract's columns become an empty query, to compare types with. dbt's own version
    warns of `numeric` without a precision; in Postgres that is the exact type, not a rounded one. -#}
{% macro postgres__get_empty_schema_sql(columns) %}
    select
        {%- for column in columns.values() %}
        cast(null as {{ column['data_type'] }}) as {{ adapter.quote(column['name']) if column.get('quote') else column['name'] }}{{ ',' if not loop.last }}
        {%- endfor %}
{% endmacro %}

{#- The columns of a relation with their types as one writes them. dbt's own version says `ARRAY`
    of every list, which no unit test can give a value of. -#}
{% macro postgres__get_columns_in_relation(relation) %}
    {%- call statement('get_columns_in_relation', fetch_result=true) %}
        select attname, format_type(atttypid, atttypmod)
        from pg_attribute
        where
            attrelid = to_regclass('{{ relation.include(database=false) }}')
            and attnum > 0
            and not attisdropped
        order by attnum
    {%- endcall %}
    {{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{% endmacro %}
