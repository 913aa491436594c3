{#- Post-hook of stored models: indexes that `config(indexes)` cannot express. Each has a name, the
    columns and, where it is partial, a condition; `is_unique` says that no two rows share a key. -#}
{% macro keep_indexes(indexes) %}{{ return(adapter.dispatch('keep_indexes')(indexes)) }}{% endmacro %}
{% macro default__keep_indexes(indexes) %}{{ exceptions.raise_compiler_error('keep_indexes is not written for this engine') }}{% endmacro %}
{% macro postgres__keep_indexes(indexes) %}
    {%- set pairs = [] -%}
    {%- for name, index in indexes.items() -%}
        {%- set definition = ('unique ' if index.is_unique else '') ~ index.columns ~ (' where ' ~ index.where if index.where else '') -%}
        {%- do pairs.append("['" ~ name ~ "', $$" ~ definition ~ '$$]') -%}
    {%- endfor -%}
    {{ return('select ' ~ raw_schema() ~ ".keep_indexes('" ~ this ~ "', array[" ~ pairs | join(', ') ~ '])') }}
{% endmacro %}
{#- Spark has no index; a unique one is a promise that has to hold all the same. In PostgreSQL a
    key with a null differs from every other. -#}
{% macro spark__keep_indexes(indexes) %}
    {%- for name, index in indexes.items() if execute and index.is_unique -%}
        {%- set conditions = [index.where or 'true'] -%}
        {%- for key in index.columns[1:-1].split(', ') if modules.re.match('^[a-z_]+$', key) -%}
            {%- do conditions.append(key ~ ' is not null') -%}
        {%- endfor -%}
        {%- set found = run_query(
            'select 1 from ' ~ this ~ ' where ' ~ conditions | join(' and ') ~ ' group by ' ~ index.columns
            ~ ' having count(*) > 1 limit 1'
        ) -%}
        {%- if found.rows | length -%}
            {{ exceptions.raise_compiler_error(name ~ ' is not unique in ' ~ this) }}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
