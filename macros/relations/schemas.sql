{#- Folders name their schema. Before it stand the profile's `schema`, so that several warehouses
    share a database, and var `schema_prefix`, which puts a build beside the published one. -#}
{% macro generate_schema_name(custom_schema_name, node) %}
    {{ return(warehouse_prefix() ~ schema_prefix() ~ (custom_schema_name or target.schema)) }}
{% endmacro %}

{#- What the profile's `schema` puts before the names of all schemas; `public` stands for nothing. -#}
{% macro warehouse_prefix() %}
    {%- set name = target.schema.rstrip('_') -%}
    {%- if name == 'public' -%}{{ return('') }}{%- endif -%}
    {%- if not modules.re.match('^(?!pg(_|$))[a-z][a-z0-9_]{0,15}$', name) -%}
        {{ exceptions.raise_compiler_error(
            "The profile's schema is '" ~ target.schema ~ "', which cannot begin the names of schemas:"
            ~ ' take public for none, or up to 16 lower-case letters, digits and _, with a letter first.'
        ) }}
    {%- endif -%}
    {{ return(name ~ '_') }}
{% endmacro %}

{#- The schema of what landed, of the runs and of the functions that know the rules. -#}
{% macro raw_schema() %}{{ return(warehouse_prefix() ~ 'raw') }}{% endmacro %}

{#- What var `schema_prefix` says, checked before it becomes part of a name. -#}
{% macro schema_prefix() %}
    {%- set prefix = var('schema_prefix') -%}
    {%- if not modules.re.match('^[a-z0-9_]{0,40}$', prefix) -%}
        {{ exceptions.raise_compiler_error('schema_prefix may hold lower-case letters, digits and _ only') }}
    {%- endif -%}
    {{ return(prefix) }}
{% endmacro %}

{#- A schema is made with the mark of its warehouse. dbt makes schemas before any hook: where one
    of them is somebody else's, none is made. -#}
{% macro postgres__create_schema(relation) %}
    {% do require_warehouse() %}
    {%- set names = [relation.schema, warehouse_prefix() ~ 'upgrade'] -%}
    {%- for name in ['seeds', 'staging', 'core', 'marts'] -%}
        {%- do names.append(generate_schema_name(name, none)) -%}
    {%- endfor -%}
    {%- call statement('create_schema') -%}
        select {{ raw_schema() }}.check_ownership('{ {{- names | unique | join(',') -}} }', '{}')
    {%- endcall -%}
{% endmacro %}

{#- Stop where the database holds no warehouse of these names, or an older one. -#}
{% macro require_warehouse() %}
    {%- set found = run_query(
        "select to_regproc('" ~ raw_schema() ~ ".check_ownership') is not null"
        ~ " and coalesce(obj_description(to_regnamespace('" ~ raw_schema() ~ "'), 'pg_namespace'), '')"
        ~ " like '%[engagement warehouse: " ~ raw_schema() ~ "]%'"
    ).columns[0].values()[0] -%}
    {%- if not found -%}
        {{ exceptions.raise_compiler_error(
            'The schema ' ~ raw_schema() ~ ' of the database ' ~ target.dbname ~ ' is not set up for this'
            ~ ' version of the project; nothing was changed. Run `'
            ~ ('' if target.schema == 'public' else 'WAREHOUSE_SCHEMA_PREFIX=' ~ target.schema ~ ' ')
            ~ 'warehouse up` with DATABASE_URL on this database, then run dbt again.'
        ) }}
    {%- endif -%}
{% endmacro %}

{#- Hook on run start: nothing is written where a schema, a relation, a type or a function of
    somebody else has the name of one of ours. -#}
{% macro check_ownership() %}
    {%- if is_run_of(['build', 'run', 'seed']) -%}
        {%- do require_warehouse() -%}
        {%- set schemas = [warehouse_prefix() ~ 'upgrade'] -%}
        {%- set names = [] -%}
        {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') -%}
            {%- do schemas.append(node.schema) -%}
            {%- do names.append(node.schema ~ '.' ~ node.alias) -%}
        {%- endfor -%}
        {%- set signatures = [] -%}
        {%- for node in graph.functions.values() -%}
            {%- for types in argument_lists(node) -%}
                {%- do signatures.append(
                    "'" ~ node.schema ~ '.' ~ node.alias ~ '(' ~ types | join(', ') ~ ")'"
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
        select
            {{ raw_schema() }}.check_ownership(
                '{ {{- schemas | unique | sort | join(',') -}} }', '{ {{- names | sort | join(',') -}} }'
            ),
            {{ raw_schema() }}.check_routines(array[{{ signatures | sort | join(', ') }}]::text [])
    {%- endif -%}
{% endmacro %}

{#- Post-hook of seeds, and the end of models: this warehouse made the relation. -#}
{% macro own_relation() %}
    {%- if execute and keeps_runs() -%}
        select {{ raw_schema() }}.own_relation('{{ this.schema }}', '{{ this.identifier }}')
    {%- endif -%}
{% endmacro %}
