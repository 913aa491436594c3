{#- Folders name their schema; var `schema_prefix` puts a build beside the published one. -#}
{% macro generate_schema_name(custom_schema_name, node) %}
    {{ return(schema_prefix() ~ (custom_schema_name or target.schema)) }}
{% endmacro %}

{#- What var `schema_prefix` says, checked before it becomes part of a name. -#}
{% macro schema_prefix() %}
    {%- set prefix = var('schema_prefix') -%}
    {%- if not modules.re.match('^[a-z0-9_]{0,40}$', prefix) -%}
        {{ exceptions.raise_compiler_error('schema_prefix may hold lower-case letters, digits and _ only') }}
    {%- endif -%}
    {{ return(prefix) }}
{% endmacro %}
