{#- Seeds are read one after the other, and published together by the last one of the run, so
    that a mistake in one of them changes nothing. Until then everything that depends on
    something of this run waits. The rules are in `loaders/seeds.sql`. -#}
{% materialization seed, adapter='postgres' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set agate_table = load_agate_table() -%}
    {%- do store_result('agate_table', response='OK', agate_table=agate_table) -%}
    {% do refuse_foreign('table') if existing_kind() is not none %}
    {% do shape_seed(target_relation) %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- set problem = draft_seed(agate_table) -%}
    {% call noop_statement('main', 'INSERT ' ~ agate_table.rows | length, 'INSERT', agate_table.rows | length) %}
        -- published with the other seeds of the run
    {% endcall %}
    {{ adapter.commit() }}
    {% if problem is not none %}{{ exceptions.raise_compiler_error(problem) }}{% endif %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- A table with the declared columns. Where the one that is there has others, a new one takes its
    place, with the values of the columns that stay: until the seeds are published they hold. -#}
{% macro shape_seed(relation) %}
    {%- set types = config.get('column_types', {}) -%}
    {%- set columns = [] -%}
    {%- for name, type in types.items() -%}{%- do columns.append(name ~ ' ' ~ type) -%}{%- endfor -%}
    {%- if existing_kind() is none -%}
        {% do run_query('create table ' ~ relation ~ ' (' ~ columns | join(', ') ~ ')') %}
    {%- elif not run_query(
        'select ' ~ raw_schema() ~ ".has_columns('" ~ relation.include(database=false) ~ "'::regclass, '{"
        ~ types.keys() | join(',') ~ "}', '{" ~ types.values() | join(',') ~ "}')"
    ).columns[0].values()[0] -%}
        {%- set fresh = upgraded_relation('table') -%}
        {%- set kept = [] -%}
        {%- for column in adapter.get_columns_in_relation(relation) if column.name in types -%}
            {%- do kept.append(column.name) -%}
        {%- endfor -%}
        {% do run_query('create table ' ~ fresh ~ ' (' ~ columns | join(', ') ~ ')') %}
        {% if kept %}
            {%- set values = [] -%}
            {%- for name in kept -%}{%- do values.append(name ~ '::text::' ~ types[name]) -%}{%- endfor -%}
            {% do run_query(
                'insert into ' ~ fresh ~ ' (' ~ kept | join(', ') ~ ') select ' ~ values | join(', ')
                ~ ' from ' ~ relation
            ) %}
        {% endif %}
        {% do swap_relation() %}
    {%- endif -%}
{% endmacro %}

{#- What has been read of a seed, for the database to judge; what is wrong, or none. -#}
{% macro draft_seed(agate_table) %}
    {%- set types = config.get('column_types', {}) -%}
    {%- set rows = [] -%}
    {%- for row in agate_table.rows -%}
        {%- set values = {} -%}
        {%- for name in agate_table.column_names -%}
            {%- do values.update({name: none if row[name] is none else row[name] | string}) -%}
        {%- endfor -%}
        {%- do rows.append({'line': loop.index + 1, 'values': values}) -%}
    {%- endfor -%}
    {%- set seed = tojson({
        'columns': types.keys() | list,
        'found': agate_table.column_names | list,
        'types': types,
        'rules': config.get('meta', {}).get('rules', {}),
        'rows': rows,
    }) -%}
    {%- set quote = '$seed_' ~ local_md5(seed) ~ '$' -%}
    {{ return(run_query(
        'select ' ~ raw_schema() ~ ".draft_seed('" ~ invocation_id ~ "', '" ~ this.schema ~ "', '"
        ~ this.identifier ~ "', " ~ quote ~ seed ~ quote ~ "::jsonb, '{"
        ~ var('interaction_types').keys() | join(',') ~ "}')"
    ).columns[0].values()[0]) }}
{% endmacro %}

{#- Hook on run start: how many seeds the run will read. -#}
{% macro expect_seeds() %}
    {%- if is_run_of(['build', 'run', 'seed']) -%}
        update {{ raw_schema() }}.runs
        set awaited_seeds = {{ selected_seeds() | length }}
        where invocation_id = '{{ invocation_id }}'
    {%- endif -%}
{% endmacro %}

{#- The seeds that the run reads. -#}
{% macro selected_seeds() %}
    {%- set known = found_out('run') -%}
    {%- if 'seeds' not in known -%}
        {%- set seeds = [] -%}
        {%- for id in selected_resources if id.startswith('seed.') -%}{%- do seeds.append(id) -%}{%- endfor -%}
        {%- do known.update(seeds=seeds) -%}
    {%- endif -%}
    {{ return(known['seeds']) }}
{% endmacro %}

{#- Wait until the seeds of the run are published. Only what depends on something of this run
    does: dbt begins all that depends on nothing, seeds among it, before. -#}
{% macro await_seeds() %}
    {%- if is_run_of(['build', 'run', 'seed']) -%}
        {%- set known = found_out() -%}
        {%- if 'seeds_awaited' not in known and selected_seeds() and is_behind_others() -%}
            {% do run_query('select ' ~ raw_schema() ~ ".await_seeds('" ~ invocation_id ~ "')") %}
        {%- endif -%}
        {%- do known.update(seeds_awaited=true) -%}
    {%- endif -%}
{% endmacro %}

{#- Whether anything that this node is made of, directly or through others, belongs to the run. -#}
{% macro is_behind_others() %}
    {%- set nodes = (model.depends_on.nodes or []) | list -%}
    {%- for id in nodes -%}
        {%- set node = graph.nodes.get(id) or graph.get('functions', {}).get(id) -%}
        {%- for parent in ((node.depends_on.nodes or []) if node else []) if parent not in nodes -%}
            {%- do nodes.append(parent) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(nodes | select('in', selected_resources) | list | length > 0) }}
{% endmacro %}
