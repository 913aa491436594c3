{#- Stored models are brought forward in place. Rows that have to be made anew replace the old
    ones inside the same relation; where its shape differs, a new one takes its place, whole.
    Either way in one transaction: readers see the old rows until the new ones are there. dbt's
    own way fails when columns change, and drops a view of that name with CASCADE. -#}
{% materialization incremental, adapter='postgres' %}
    {%- set existing_kind = existing_kind() -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set is_brought_forward = existing_kind == 'table' and is_brought_forward() -%}
    {%- set is_merged = existing_kind == 'table' -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if existing_kind is not none and not is_brought_forward %}
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
                    "select raw.note_change('" ~ this.schema ~ '.' ~ this.identifier
                    ~ "', 'its rows were made anew, for what they are made with has changed')"
                ) %}
            {% endif %}
        {% endif %}
    {% endif %}

    {% if is_merged %}
        {%- set temp_relation = make_temp_relation(target_relation) -%}
        {% do run_query(get_create_table_as_sql(True, temp_relation, sql)) %}
        {%- set strategy = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy') or 'default') -%}
        {%- set build_sql = strategy({
            'target_relation': target_relation,
            'temp_relation': temp_relation,
            'unique_key': config.get('unique_key'),
            'dest_columns': adapter.get_columns_in_relation(target_relation),
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
                    "select raw.copy_indexes('" ~ target_relation.include(database=false)
                    ~ "'::regclass, '" ~ made.include(database=false) ~ "'::regclass)"
                ) %}
            {% endif %}
            {% do refuse_foreign('table') %}
            {% do take_place() %}
        {% endif %}
    {% endif %}

    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do run_query(
        "select raw.save_logic('" ~ this.schema ~ "', '" ~ this.identifier ~ "', '" ~ current_logic()
        ~ "'), raw.put_back_views()"
    ) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- A table with the columns and constraints of the model's contract. -#}
{% macro create_empty(relation) %}
    {% do run_query('create table ' ~ relation ~ get_table_columns_and_constraints()) %}
{% endmacro %}
