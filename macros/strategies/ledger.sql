{#- Incremental strategy of the interaction ledger. The model delivers rows to insert
    (gross_sign above or below 0) and the keys of rows that they replace (0). -#}
{% macro get_incremental_ledger_sql(arguments) %}
    {%- set target = arguments['target_relation'] -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {{ look_up_by_index() }}
    analyze {{ arguments['temp_relation'] }} (interaction_id, gross_sign);

    {% for condition in ['ldg.is_current', 'not ldg.is_current'] -%}
    delete from {{ target }} as ldg
    using {{ arguments['temp_relation'] }} as gone
    where
        gone.gross_sign = 0
        and {{ is_same_version('ldg', 'gone') }}
        and {{ condition }};

    {% endfor -%}
    insert into {{ target }} ({{ columns }})
    select {{ columns }}
    from {{ arguments['temp_relation'] }}
    where gross_sign <> 0
    order by interaction_id, run_seq, gross_sign;
{% endmacro %}
