{#- What the product feed counts per post and per user. -#}

{#- A count per type of the grouped product interactions; a view that was too short is none. -#}
{% macro product_counts() %}
    {%- for type in ['view', 'click', 'like', 'share', 'comment', 'save', 'profile_visit', 'link_click'] %}
    count(*) filter (where interaction_type = '{{ type }}' and not is_short_view) as {{ type }}_count,
    {%- endfor %}
    count(*) filter (where is_short_view) as short_view_count
{%- endmacro %}

{#- Names of those columns, from the given relation. -#}
{% macro product_count_columns(relation) %}
    {%- for type in ['view', 'click', 'like', 'share', 'comment', 'save', 'profile_visit', 'link_click', 'short_view'] %}
    {{ relation }}.{{ type }}_count{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
