{#- Fields and elements of delivered JSON. -#}

{% macro json_text(document, key) %}{{ return(adapter.dispatch('json_text')(document, key)) }}{% endmacro %}
{% macro default__json_text(document, key) %}{{ exceptions.raise_compiler_error('json_text is not written for this engine') }}{% endmacro %}
{% macro postgres__json_text(document, key) %}{{ return('(' ~ document ~ " ->> '" ~ key ~ "')") }}{% endmacro %}
{% macro spark__json_text(document, key) %}{{ return('get_json_object(' ~ document ~ ", '$." ~ key ~ "')") }}{% endmacro %}

{#- A set-returning expression of an array's elements. -#}
{% macro json_elements(document) %}{{ return(adapter.dispatch('json_elements')(document)) }}{% endmacro %}
{% macro default__json_elements(document) %}{{ exceptions.raise_compiler_error('json_elements is not written for this engine') }}{% endmacro %}
{% macro postgres__json_elements(document) %}{{ return('jsonb_array_elements(' ~ document ~ ')') }}{% endmacro %}
{% macro spark__json_elements(document) %}{{ return('explode(from_json(' ~ document ~ ", 'array<string>'))") }}{% endmacro %}

{#- A field that holds a plain number from 0 on, also written as text; null where it is none. -#}
{% macro json_number(document, key) %}{{ return(adapter.dispatch('json_number')(document, key)) }}{% endmacro %}
{% macro default__json_number(document, key) %}{{ exceptions.raise_compiler_error('json_number is not written for this engine') }}{% endmacro %}
{% macro postgres__json_number(document, key) %}{{ return('(case when ' ~ json_text(document, key) ~ " ~ '^[0-9]{1,15}([.][0-9]{1,15})?$' then " ~ json_text(document, key) ~ '::numeric end)') }}{% endmacro %}
{% macro spark__json_number(document, key) %}{{ return('(case when ' ~ json_text(document, key) ~ " rlike '^[0-9]{1,15}([.][0-9]{1,15})?$' then cast(" ~ json_text(document, key) ~ ' as decimal(30, 15)) end)') }}{% endmacro %}

{#- The document with that value in the field; without the field where the value is null. -#}
{% macro json_with(document, key, value) %}{{ return(adapter.dispatch('json_with')(document, key, value)) }}{% endmacro %}
{% macro default__json_with(document, key, value) %}{{ exceptions.raise_compiler_error('json_with is not written for this engine') }}{% endmacro %}
{% macro postgres__json_with(document, key, value) %}{{ return('(case when ' ~ value ~ ' is null then ' ~ document ~ " - '" ~ key ~ "' else " ~ document ~ " || jsonb_build_object('" ~ key ~ "', " ~ value ~ ') end)') }}{% endmacro %}
{% macro spark__json_with(document, key, value) %}
    {%- set others = 'map_filter(from_json(' ~ document ~ ", 'map<string, variant>'), (name, held) -> name <> '" ~ key ~ "')" -%}
    {{ return(
        'to_json(case when ' ~ value ~ ' is null then ' ~ others ~ ' else map_concat(' ~ others
        ~ ", map('" ~ key ~ "', cast(" ~ value ~ ' as variant))) end)'
    ) }}
{% endmacro %}

{#- A JSON document. -#}
{% macro to_json(expression) %}{{ return(adapter.dispatch('to_json')(expression)) }}{% endmacro %}
{% macro default__to_json(expression) %}{{ exceptions.raise_compiler_error('to_json is not written for this engine') }}{% endmacro %}
{% macro postgres__to_json(expression) %}{{ return('(' ~ expression ~ ')::jsonb') }}{% endmacro %}
{% macro spark__to_json(expression) %}{{ return('cast(' ~ expression ~ ' as string)') }}{% endmacro %}

{#- A JSON object of names and the expressions of their values. -#}
{% macro json_object(fields) %}{{ return(adapter.dispatch('json_object')(fields)) }}{% endmacro %}
{% macro default__json_object(fields) %}{{ exceptions.raise_compiler_error('json_object is not written for this engine') }}{% endmacro %}
{% macro postgres__json_object(fields) %}
    {%- set parts = [] -%}
    {%- for name, expression in fields.items() -%}{%- do parts.append("'" ~ name ~ "', " ~ expression) -%}{%- endfor -%}
    {{ return('jsonb_build_object(' ~ parts | join(', ') ~ ')') }}
{% endmacro %}
{% macro spark__json_object(fields) %}
    {%- set parts = [] -%}
    {%- for name, expression in fields.items() -%}{%- do parts.append("'" ~ name ~ "', " ~ expression) -%}{%- endfor -%}
    {{ return(spark_json('named_struct(' ~ parts | join(', ') ~ ')')) }}
{% endmacro %}

{#- Aggregate: a JSON array in a stated order of the rows for which `condition` holds; empty,
    not null, without rows. -#}
{% macro json_list(expression, order_by, condition='true') %}{{ return(adapter.dispatch('json_list')(expression, order_by, condition)) }}{% endmacro %}
{% macro default__json_list(expression, order_by, condition) %}{{ exceptions.raise_compiler_error('json_list is not written for this engine') }}{% endmacro %}
{% macro postgres__json_list(expression, order_by, condition) %}{{ return("coalesce(jsonb_agg(" ~ expression ~ " order by " ~ order_by ~ ") filter (where " ~ condition ~ "), '[]'::jsonb)") }}{% endmacro %}
{% macro spark__json_list(expression, order_by, condition) %}
    {%- set listed = spark_json('array(' ~ expression ~ ')') -%}
    {%- set element = expression if expression.startswith('to_json(') else 'substr(' ~ listed ~ ', 2, length(' ~ listed ~ ') - 2)' -%}
    {{ return(
        "concat('[', coalesce(listagg(" ~ element ~ ", ',') within group (order by " ~ order_by ~ ') filter (where '
        ~ condition ~ "), ''), ']')"
    ) }}
{% endmacro %}

{#- A set-returning expression of an array's elements as texts. -#}
{% macro json_texts(document) %}{{ return(adapter.dispatch('json_texts')(document)) }}{% endmacro %}
{% macro default__json_texts(document) %}{{ exceptions.raise_compiler_error('json_texts is not written for this engine') }}{% endmacro %}
{% macro postgres__json_texts(document) %}{{ return('jsonb_array_elements_text(' ~ document ~ ')') }}{% endmacro %}
{% macro spark__json_texts(document) %}{{ return('explode(from_json(' ~ document ~ ", 'array<string>'))") }}{% endmacro %}

{#- Spark: a value as JSON, with its nulls and with all six digits of a second; by default there are
    three. -#}
{% macro spark_json(value) %}
    {{ return(
        'to_json(' ~ value ~ ", map('ignoreNullFields', 'false', 'timestampFormat', \"yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX\"))"
    ) }}
{% endmacro %}
