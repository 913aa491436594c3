{#- Views are replaced in place, and only when their text has changed: dbt's own way drops the
    old view with CASCADE, and analysts' views and grants with it. -#}
{% materialization view, adapter='postgres' %}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set basis = view_fingerprint() -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if existing_relation is not none and not existing_relation.is_view %}
        {{ exceptions.raise_compiler_error(this ~ ' exists and is not a view; move it away first') }}
    {% elif existing_relation is not none and stored_basis() == basis %}
        {% call noop_statement('main', 'UNCHANGED') %}{% endcall %}
    {% else %}
        {% call statement('main') %}
            create or replace view {{ target_relation }}
            {% if config.get('contract').enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif %}
            as (
                {{ sql }}
            );
        {% endcall %}
        {% do persist_docs(target_relation, model) %}
        {% do run_query(
            "select raw.save_progress('" ~ this.schema ~ "', '" ~ this.identifier
            ~ "', null, " ~ this_cut() ~ ", '" ~ basis ~ "')"
        ) %}
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
