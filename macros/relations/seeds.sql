{#- Seeds are emptied by delete: dbt's own truncate blocks readers and, to a reader whose
    snapshot is older, shows an empty table. -#}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- set sql = 'delete from ' ~ old_relation -%}
    {% call statement('_') %}{{ sql }}{% endcall %}
    {{ return(sql) }}
{% endmacro %}
