{#- Incremental strategy of facts that do not add up: the model delivers all rows of every key
    that its unconsumed entries touch, and they replace the stored rows of that key. A row
    whose `meta.kept` column is null only says that its key was touched. -#}
{% macro get_incremental_touched_sql(arguments) %}
    {%- set keys = config.require('unique_key') -%}
    {%- set kept = config.get('meta')['kept'] -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='name') | join(', ') -%}
    set local enable_hashjoin = off;
    set local enable_mergejoin = off;
    analyze {{ arguments['temp_relation'] }};

    delete from {{ arguments['target_relation'] }} as stored
    using (select distinct {{ keys | join(', ') }} from {{ arguments['temp_relation'] }}) as touched
    where {% for key in keys %}stored.{{ key }} = touched.{{ key }}{{ ' and ' if not loop.last }}{% endfor %};

    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }}
    from {{ arguments['temp_relation'] }}
    where {{ kept }} is not null;
{% endmacro %}
