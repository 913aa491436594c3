{#- Views are replaced in place, and only when their text has changed: dbt's own way drops the
    old view with CASCADE, and analysts' views and grants with it. -#}
{% materialization view, adapter='postgres' %}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set fingerprint = view_fingerprint() -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if existing_kind() == 'view' and is_view_made_of(fingerprint) %}
        {% call noop_statement('main', 'UNCHANGED') %}{% endcall %}
    {% else %}
        {% do run_query('select ' ~ raw_schema() ~ '.lock_upgrades()') %}
        {%- set existing_kind = existing_kind() -%}
        {%- set contract = get_assert_columns_equivalent(sql) if config.get('contract').enforced -%}
        {%- set is_replaced = true -%}
        {% if existing_kind is not none %}
            {%- set fresh = upgraded_relation('view') -%}
            {% do run_query('create view ' ~ fresh ~ ' as (' ~ sql ~ ')') %}
            {% if existing_kind == 'view' and compares('is_extended_by', fresh) %}
                {% do run_query('drop view ' ~ fresh) %}
            {% else %}
                {% do refuse_foreign('view') %}
                {% do swap_relation() %}
                {%- set is_replaced = false -%}
            {% endif %}
        {% endif %}
        {% if is_replaced %}
            {% call statement('main') %}
                create or replace view {{ target_relation }} {{ contract }} as (
                    {{ sql }}
                );
            {% endcall %}
        {% else %}
            {% call noop_statement('main', 'REPLACED') %}{% endcall %}
        {% endif %}
        {% do persist_docs(target_relation, model) %}
        {% do run_query(
            "select " ~ raw_schema() ~ ".save_progress('" ~ this.schema ~ "', '" ~ this.identifier
            ~ "', null, " ~ current_watermark() ~ ", '" ~ fingerprint ~ "')"
        ) %}
        {%- set quote = '$text_' ~ local_md5(sql) ~ '$' -%}
        {% do run_query(
            "select " ~ raw_schema() ~ ".save_definition('" ~ this.schema ~ "', '" ~ this.identifier
            ~ "', " ~ quote ~ sql ~ quote ~ "), " ~ raw_schema() ~ ".keep_tenants('"
            ~ target_relation.include(database=false) ~ "'::regclass), " ~ raw_schema() ~ ".put_back_views()"
        ) %}
        {% do run_query(own_relation()) %}
    {% endif %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- What a view is made of: its text and its documentation. -#}
{% macro view_fingerprint() %}
    {{ return(local_md5(sql ~ tojson(model.columns, sort_keys=true) ~ (model.description or ''))) }}
{% endmacro %}

{#- Whether this view was made of just that, and it is known how to make it again. -#}
{% macro is_view_made_of(fingerprint) %}
    {{ return(run_query(
        "select 1 from " ~ raw_schema() ~ ".model_progress where schema_name = '" ~ this.schema ~ "' and model_name = '"
        ~ this.identifier ~ "' and basis = '" ~ fingerprint ~ "' and definition is not null"
    ).rows | length > 0) }}
{% endmacro %}
