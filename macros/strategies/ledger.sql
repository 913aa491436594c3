{#- Incremental strategy of the interaction ledger. The model delivers three kinds of row:
    entries to post (gross_sign above 0), their reversals (below 0), and touches (0): a newer
    delivery of an unchanged state, which posts nothing but is remembered as the newest. -#}
{% macro get_incremental_ledger_sql(arguments) %}
    {%- set target = arguments['target_relation'] -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    set local enable_hashjoin = off;
    set local enable_mergejoin = off;
    analyze {{ arguments['temp_relation'] }};

    update {{ target }} as standing
    set is_standing = false
    from {{ arguments['temp_relation'] }} as reversal
    where
        reversal.gross_sign < 0
        and standing.interaction_id = reversal.interaction_id
        and standing.is_standing;

    update {{ target }} as standing
    set newest_at = touch.newest_at
    from {{ arguments['temp_relation'] }} as touch
    where
        touch.gross_sign = 0
        and standing.interaction_id = touch.interaction_id
        and standing.is_standing;

    insert into {{ target }} ({{ columns }})
    select {{ columns }}
    from {{ arguments['temp_relation'] }}
    where gross_sign <> 0
    order by interaction_id, run_seq, gross_sign;
{% endmacro %}
