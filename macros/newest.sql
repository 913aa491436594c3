{#- Select of the newest row of each key from a relation, in an order that no two rows tie in; without
    one the row that was landed last. -#}
{% macro newest_of(relation, key, order_by='run_seq desc, load_id desc, line_no desc') %}
    select *
    from (
        select
            *,
            row_number() over (partition by {{ key }} order by {{ order_by }}) as newest_first
        from {{ relation }}
    ) as numbered
    where newest_first = 1
{%- endmacro %}

{#- Order of records about content, newest first: by the newest time that their document
    proves; of documents that prove the same, the one received last. -#}
{% macro newest_content(relation) -%}
    {%- for column in ['described_at', 'received_at', 'load_id', 'line_no'] -%}
    {{ relation }}.{{ column }} desc{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
