{#- Stored models stay in place: what is new is added. Rows that have to be rebuilt replace the
    old ones inside the same relation; where its shape differs, a new one takes its place, whole.
    Either way in one transaction: readers see the old rows until the new ones are there. dbt's
    own way fails when columns change, and drops a view of that name with CASCADE. -#}
{% materialization incremental, adapter='postgres' %}
    {%- set existing_kind = existing_kind() -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set is_added_to = existing_kind == 'table' and is_incremental() -%}
    {%- set is_merged = existing_kind == 'table' -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if existing_kind is not none and not is_added_to %}
        {%- set fresh = upgraded_relation('table') -%}
        {% if existing_kind == 'table' %}
            {% do create_empty(fresh) %}
            {% do create_indexes(fresh) %}
            {%- set is_merged = compares('is_of_same_shape', fresh) -%}
            {% do run_query('drop table ' ~ fresh) %}
        {% endif %}
        {% if is_merged %}
            {% do run_query('delete from ' ~ target_relation) %}
            {% if is_logic_changed() %}
                {% do run_query(
                    "select " ~ raw_schema() ~ ".note_change('" ~ this.schema ~ '.' ~ this.identifier
                    ~ "', 'its rows were rebuilt, for what they are made with has changed')"
                ) %}
            {% endif %}
        {% endif %}
    {% endif %}

    {% if is_merged %}
        {%- set temp_relation = make_temp_relation(target_relation) -%}
        {% call statement('temporary') %}
            {% if is_added_to %}
                create temporary table {{ temp_relation }} as ({{ sql }})
            {% else %}
                {{ get_create_table_as_sql(True, temp_relation, sql) }}
            {% endif %}
        {% endcall %}
        {%- set dest_columns = [] -%}
        {%- for column in model.columns.values() -%}
            {%- do dest_columns.append(api.Column(column.name, column.data_type)) -%}
        {%- endfor -%}
        {%- set strategy = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy') or 'default') -%}
        {%- set build_sql = strategy({
            'target_relation': target_relation,
            'temp_relation': temp_relation,
            'unique_key': config.get('unique_key'),
            'dest_columns': dest_columns,
            'incremental_predicates': none,
        }) -%}
        {% call statement('main') %}{{ build_sql }}{% endcall %}
    {% else %}
        {%- set made = fresh if existing_kind is not none else target_relation -%}
        {% call statement('main') %}{{ get_create_table_as_sql(False, made, sql) }}{% endcall %}
        {% do create_indexes(made) %}
        {% if existing_kind is not none %}
            {% if existing_kind == 'table' %}
                {% do run_query(
                    "select " ~ raw_schema() ~ ".copy_indexes('" ~ target_relation.include(database=false)
                    ~ "'::regclass, '" ~ made.include(database=false) ~ "'::regclass)"
                ) %}
            {% endif %}
            {% do refuse_foreign('table') %}
            {% do swap_relation() %}
        {% endif %}
    {% endif %}

    {% if not (is_added_to and stored_progress()['is_described']) %}{% do persist_docs(target_relation, model) %}{% endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do save_progress() %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- SQL of the descriptions of a model's relation and of its columns, as one text. -#}
{% macro stored_descriptions() %}
    {%- set relation = "to_regclass('" ~ this.include(database=false) ~ "')" -%}
    {{ return(
        "coalesce(obj_description(" ~ relation ~ ", 'pg_class'), '') || coalesce((select"
        ~ " string_agg(chr(10) || attname || '=' || coalesce(col_description(attrelid, attnum), ''), ''"
        ~ ' order by attname collate "C") from pg_attribute where attrelid = ' ~ relation
        ~ " and attnum > 0 and not attisdropped), '')"
    ) }}
{% endmacro %}

{#- The same text, as it has to be. -#}
{% macro declared_descriptions() %}
    {%- set parts = [model.description or ''] -%}
    {%- for name in model.columns | list | sort(case_sensitive=true) -%}
        {%- do parts.append(name ~ '=' ~ (model.columns[name].description or '')) -%}
    {%- endfor -%}
    {{ return(parts | join('\n')) }}
{% endmacro %}

{#- A table with the columns and constraints of the model's contract. -#}
{% macro create_empty(relation) %}
    {% do run_query('create table ' ~ relation ~ get_table_columns_and_constraints()) %}
{% endmacro %}

{#- The end of a stored model, in the transaction that wrote the rows: its watermark, statistics
    that know the rows, what they were made with, the views that had to wait, and whose it is. -#}
{% macro save_progress() %}
    {%- set last = last_watermark() -%}
    {%- set fingerprint = current_fingerprint() -%}
    {%- set place = "'" ~ this.schema ~ "', '" ~ this.identifier ~ "'" -%}
    {% call statement('save_progress') %}
        select
            {{ raw_schema() }}.save_progress(
                {{ place }}, {{ 'null' if last is none else last }},
                {{ current_watermark() }}, {{ 'null' if fingerprint is none else "'" ~ fingerprint ~ "'" }}
            ),
            {{ raw_schema() }}.refresh_statistics(
                '{{ this.schema }}.{{ this.identifier }}', {{ "'run_seq'" if 'run_seq' in model.columns else 'null' }}
            ),
            {{ raw_schema() }}.save_logic({{ place }}, '{{ current_logic() }}'),
            {{ raw_schema() }}.put_back_views(),
            {{ raw_schema() }}.own_relation({{ place }})
    {% endcall %}
{% endmacro %}
