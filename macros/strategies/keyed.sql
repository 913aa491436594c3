{#- Incremental strategy of relations that hold one state per key: the model delivers the fresh
    state of every key that something new was said about. `unique_key` is the grain; in its
    `meta`, `delete_when_null` names a column that every state has: a row without it takes the key
    away. What stays the same is not written. -#}
{% macro get_incremental_keyed_sql(arguments) %}
    {%- set keys = config.require('unique_key') -%}
    {%- set always = config.get('meta')['delete_when_null'] -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='name') | list -%}
    {%- set values = columns | reject('in', keys) | list -%}
    {{ look_up_by_index() }}
    analyze {{ arguments['temp_relation'] }} ({{ keys | join(', ') }});

    merge into {{ arguments['target_relation'] }} as stored
    using (select * from {{ arguments['temp_relation'] }} order by {{ keys | join(', ') }}) as fresh
    on {% for key in keys %}stored.{{ key }} = fresh.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
    when matched and fresh.{{ always }} is null then delete
    when matched
        and row({{ columns_of('stored', values) }}) is distinct from row({{ columns_of('fresh', values) }})
        then update set
        {%- for column in values %}
        {{ column }} = fresh.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    when not matched and fresh.{{ always }} is not null then
        insert ({{ columns | join(', ') }})
        values ({{ columns_of('fresh', columns) }});
{% endmacro %}
