{#- Order of records about content, newest first: by the newest time that their document
    proves; of documents that prove the same, the one received last. -#}
{% macro newest_content(relation) -%}
    {%- for column in ['described_at', 'received_at', 'load_id', 'line_no'] -%}
    {{ relation }}.{{ column }} desc{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
