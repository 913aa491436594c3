{#- Relations whose shape or rows change with the project: what is there, what it was made with,
    and how a new one takes the place of the old. The rules are in `loaders/upgrades.sql`. -#}

{#- What stands in the database under this name: 'table', 'view' or none. Not dbt's memory, for
    what reads a relation that takes another shape may be away for a while. -#}
{% macro existing_kind() %}
    {%- set kinds = run_query(
        "select case cls.relkind when 'v' then 'view' else 'table' end from pg_catalog.pg_class as cls"
        ~ " where cls.oid = to_regclass(format('%I.%I', '" ~ this.schema ~ "', '" ~ this.identifier ~ "'))"
    ).columns[0].values() -%}
    {{ return(kinds[0] if kinds else none) }}
{% endmacro %}

{#- Where this relation is made before it takes the place of the older one. -#}
{% macro upgraded_relation(type) %}
    {{ return(this.incorporate(path={'schema': warehouse_prefix() ~ 'upgrade'}, type=type)) }}
{% endmacro %}

{#- The answer of a yes-or-no function of `loaders/upgrades.sql` to this relation and the new one. -#}
{% macro compares(question, fresh) %}
    {{ return(run_query(
        "select " ~ raw_schema() ~ "." ~ question ~ "('" ~ this.include(database=false) ~ "'::regclass, '"
        ~ fresh.include(database=false) ~ "'::regclass)"
    ).columns[0].values()[0]) }}
{% endmacro %}

{#- Stop where a relation that no run has made stands in this one's place: it may hold somebody's rows. -#}
{% macro refuse_foreign(kind) %}
    {%- if not run_query(
        "select " ~ raw_schema() ~ ".is_ours('" ~ this.include(database=false) ~ "'::regclass)"
    ).columns[0].values()[0] -%}
        {{ exceptions.raise_compiler_error(this ~ ' exists and is not a ' ~ kind ~ ' of this project; move it away first') }}
    {%- endif -%}
{% endmacro %}

{#- Move the new relation into the place of the old one, with all that depends on it. -#}
{% macro swap_relation() %}
    {%- do run_query("select " ~ raw_schema() ~ ".take_place('" ~ this.schema ~ "', '" ~ this.identifier ~ "')") -%}
{% endmacro %}

{#- Whether the stored rows were made with what this model and all that it reads are now. -#}
{% macro is_logic_changed() %}
    {%- set progress = stored_progress() -%}
    {{ return(progress is not none and progress['logic'] != current_logic()) }}
{% endmacro %}

{#- Fingerprint of what the rows of a stored model are made with: its text and that of every model
    it reads, their columns and constraints, the macros and the values of the variables in them.
    Seeds are no part of it; a model's fingerprint holds their rows. -#}
{% macro current_logic() %}
    {%- set known = found_out() -%}
    {%- if 'current_logic' not in known -%}{%- do known.update(current_logic=logic_fingerprint()) -%}{%- endif -%}
    {{ return(known['current_logic']) }}
{% endmacro %}

{#- The same, put together. -#}
{% macro logic_fingerprint() %}
    {%- set models = [model.unique_id] -%}
    {%- set macros = [] -%}
    {%- set texts = [] -%}
    {%- set known = found_out('texts') -%}
    {%- for id in models if id in graph.nodes -%}
        {%- set node = graph.nodes[id] -%}
        {%- if node.resource_type == 'model' -%}
            {%- for parent in node.depends_on.nodes if parent not in models -%}
                {%- do models.append(parent) -%}
            {%- endfor -%}
            {%- for macro in node.depends_on.macros if macro not in macros -%}
                {%- do macros.append(macro) -%}
            {%- endfor -%}
            {%- if id not in known -%}
                {%- do known.update({id: tojson([id, without_comments(node.raw_code), declared_shape(node)])}) -%}
            {%- endif -%}
            {%- do texts.append(known[id]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for id in macros if id.startswith('macro.' ~ project_name ~ '.') -%}
        {%- set macro = context[id.split('.')[-1]].macro -%}
        {%- if not macro.original_file_path.startswith('macros/runs/') -%}
            {%- for used in macro.depends_on.macros if used not in macros -%}
                {%- do macros.append(used) -%}
            {%- endfor -%}
            {%- if id not in known -%}{%- do known.update({id: tojson([id, without_comments(macro.macro_sql)])}) -%}{%- endif -%}
            {%- do texts.append(known[id]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in modules.re.findall("var\\('([a-z_]+)'\\)", texts | join) | unique | sort -%}
        {%- if name not in ['as_of', 'known_at', 'rebuild', 'schema_prefix'] -%}
            {%- do texts.append(tojson([name, var(name)])) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(local_md5(texts | sort | join('\n'))) }}
{% endmacro %}

{#- A text without what does not matter to it: comments and the layout. -#}
{% macro without_comments(text) %}
    {%- set bare = modules.re.sub('(?s)[{]#.*?#[}]', '', text) -%}
    {{ return(modules.re.sub('(?m)^\\s*--.*$', '', bare).split() | join(' ')) }}
{% endmacro %}

{#- What a model says of its columns, constraints and indexes, without the descriptions. -#}
{% macro declared_shape(node) %}
    {%- set shape = [node.constraints, node.config.get('indexes'), node.config.get('meta')] -%}
    {%- for column in node.columns.values() -%}
        {%- do shape.append([column.name, column.data_type, column.constraints]) -%}
    {%- endfor -%}
    {{ return(tojson(shape, sort_keys=true)) }}
{% endmacro %}

{#- Hook on run end: what had to wait for the run is put back; what earlier runs made and the
    project no longer has is dropped, once all that read it has been rebuilt. Tenants then see what
    the marts are now. -#}
{% macro finish_upgrade(results) %}
    {%- if is_run_of(['build', 'run']) -%}
        {%- set names = [] -%}
        {%- set schemas = [] -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
            {%- do names.append(node.schema ~ '.' ~ node.alias) -%}
            {%- do schemas.append(node.schema) -%}
        {%- endfor -%}
        select {{ raw_schema() }}.put_back_views()
        {%- if not results | selectattr('status', 'in', ['error', 'fail', 'skipped']) | list -%}
            , {{ raw_schema() }}.drop_vanished(
                '{{ invocation_id }}',
                '{ {{- schemas | unique | join(',') -}} }',
                '{ {{- names | join(',') -}} }'
            )
        {%- endif -%}
        {%- if not schema_prefix() -%}, {{ raw_schema() }}.keep_tenants(){%- endif -%}
    {%- endif -%}
{% endmacro %}
