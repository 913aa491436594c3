{#- The rows of a seed as a dictionary of name to number, highest number first, nulls last. -#}
{% macro number_by_name(relation, name_column, number_column) %}
    {%- set numbers = {} -%}
    {%- if execute -%}
        {%- do await_seeds() -%}
        {%- set rows = run_query(
            'select ' ~ name_column ~ ', cast(' ~ number_column ~ ' as ' ~ dbt.type_string() ~ ') from ' ~ relation
            ~ ' order by ' ~ number_column ~ ' desc nulls last, ' ~ name_column
        ).rows -%}
        {%- for row in rows -%}
            {%- if not modules.re.match('^[a-z_]+$', row[0]) -%}
                {{ exceptions.raise_compiler_error(relation ~ ': a name may hold lower-case letters and _ only, not ' ~ row[0]) }}
            {%- endif -%}
            {%- do numbers.update({row[0]: row[1]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(numbers) }}
{% endmacro %}
