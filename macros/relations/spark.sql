{#- Seeds, functions and constraints on Apache Spark, which builds everything anew with
    dbt-spark's own materializations. -#}

{#- A type of a contract or a seed, as Spark calls it. Numbers of seeds are exact. -#}
{% macro spark_type(name) %}
    {{ return({
        'text': 'string', 'numeric': 'decimal(28, 10)', 'integer': 'int', 'double precision': 'double',
        'timestamp with time zone': 'timestamp', 'uuid': 'string', 'jsonb': 'string',
    }.get(name, name)) }}
{% endmacro %}

{#- A seed's table, empty; then its rows. -#}
{% macro spark__create_csv_table(model, agate_table) %}
    {%- set columns = [] -%}
    {%- for name, type in model.config.column_types.items() -%}
        {%- do columns.append(name ~ ' ' ~ spark_type(type)) -%}
    {%- endfor -%}
    {%- set sql = 'create table ' ~ this.render() ~ ' (' ~ columns | join(', ') ~ ') using parquet' -%}
    {% call statement('create_csv_table') %}{{ sql }}{% endcall %}
    {{ return(sql) }}
{% endmacro %}

{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set rows = [] -%}
    {%- for row in agate_table.rows -%}
        {%- set values = [] -%}
        {%- for name, type in model.config.column_types.items() -%}
            {%- do values.append('cast(' ~ spark_literal(row[name]) ~ ' as ' ~ spark_type(type) ~ ')') -%}
        {%- endfor -%}
        {%- do rows.append('(' ~ values | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- set sql = 'insert into ' ~ this.render() ~ ' values ' ~ rows | join(', ') -%}
    {% do adapter.add_query(sql, abridge_sql_log=True) if rows %}
    {{ return(sql) }}
{% endmacro %}

{#- A value of a CSV file as a literal. -#}
{% macro spark_literal(value) %}
    {%- if value is none -%}{{ return('null') }}{%- endif -%}
    {{ return("'" ~ value | string | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") }}
{% endmacro %}

{#- A function of one expression: the body is a bare `select`. Where the result is a floating-point
    number its numbers are, too: no decimal holds a decayed count. -#}
{% macro spark__scalar_function_sql(target_relation) %}
    {%- set returned = spark_type(model.returns.data_type) -%}
    {%- set arguments = [] -%}
    {%- for argument in model.arguments -%}
        {%- set type = 'double' if returned == 'double' and argument.data_type == 'numeric' else spark_type(argument.data_type) -%}
        {%- do arguments.append(argument.name ~ ' ' ~ type) -%}
    {%- endfor %}
    create or replace function {{ target_relation.render() }} ({{ arguments | join(', ') }})
    returns {{ returned }}
    return {{ model.compiled_code | trim | replace('select', '', 1) }}
{% endmacro %}
