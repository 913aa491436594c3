{#- Seeds are emptied by delete: dbt's own truncate blocks readers and, to a reader whose
    snapshot is older, shows an empty table. Where the file has other columns than the table, a
    new table takes its place. -#}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- set declared = model['config'].get('column_types', {}) -%}
    {%- set names = [] -%}
    {%- set types = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- do names.append(name) -%}
        {%- do types.append(declared.get(name, adapter.convert_type(agate_table, loop.index0))) -%}
    {%- endfor -%}
    {%- set has_columns = run_query(
        "select raw.has_columns('" ~ old_relation.include(database=false) ~ "'::regclass, array['"
        ~ names | join("', '") ~ "'], array['" ~ types | join("', '") ~ "'])"
    ).columns[0].values()[0] -%}
    {% if has_columns %}
        {%- set sql = 'delete from ' ~ old_relation -%}
        {% call statement('_') %}{{ sql }}{% endcall %}
        {{ return(sql) }}
    {% endif %}
    {%- set sql -%}
        create table {{ upgraded_relation('table') }} (
            {%- for name in names %}{{ name }} {{ types[loop.index0] }}{{ ', ' if not loop.last }}{% endfor -%}
        )
    {%- endset -%}
    {% call statement('_') %}{{ sql }}{% endcall %}
    {% do take_place() %}
    {{ return(sql) }}
{% endmacro %}
