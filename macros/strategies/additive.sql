{#- Incremental strategy of additive totals: the model delivers the sums of the entries it has
    not consumed, and they are added to the stored ones. `unique_key` is the grain; in its
    `meta`, `added` names the columns that add up (the first of them counts entries: at zero the row goes),
    every other column is replaced. -#}
{% macro get_incremental_additive_sql(arguments) %}
    {%- set keys = config.require('unique_key') -%}
    {%- set added = config.get('meta')['added'] -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='name') | list -%}
    {{ look_up_by_index() }}
    analyze {{ arguments['temp_relation'] }} ({{ keys | join(', ') }});

    merge into {{ arguments['target_relation'] }} as stored
    using (select * from {{ arguments['temp_relation'] }} order by {{ keys | join(', ') }}) as fresh
    on {% for key in keys %}stored.{{ key }} = fresh.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
    when matched and stored.{{ added[0] }} + fresh.{{ added[0] }} = 0 then delete
    when matched then update set
        {%- for column in columns if column not in keys %}
        {{ column }} =
            {%- if column in added %} stored.{{ column }} + fresh.{{ column }}
            {%- else %} fresh.{{ column }}
            {%- endif %}{{ ',' if not loop.last }}
        {%- endfor %}
    when not matched and fresh.{{ added[0] }} <> 0 then
        insert ({{ columns | join(', ') }})
        values ({% for column in columns %}fresh.{{ column }}{{ ', ' if not loop.last }}{% endfor %});
{% endmacro %}
