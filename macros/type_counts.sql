{#- One column per interaction type. -#}

{#- Net counts per type: `comment_count, like_count, …`, each the sum of signs; of all types or
    of some. -#}
{% macro sums_per_type(sign, types=none) %}
    {%- for type in types or var('interaction_types') %}
    {{ to_whole_number("coalesce(sum(" ~ sign ~ ") filter (where interaction_type = '" ~ type ~ "'), 0)") }} as {{ type }}_count{{ ',' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{#- Names of the count columns, comma-separated, from the given relation. -#}
{% macro count_columns(relation) %}
    {%- for type in var('interaction_types') %}
    {{ relation }}.{{ type }}_count{{ ',' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{#- Counts that are null, not zero, where the platform does not provide the type. -#}
{% macro provided_counts(relation, unprovided) %}
    {%- for type in var('interaction_types') %}
    {{ provided_count(relation, unprovided, type) }} as {{ type }}_count{{ ',' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{% macro provided_count(relation, unprovided, type) %}
    case
        when coalesce({{ relation }}.{{ type }}_count, 0) > 0 then {{ relation }}.{{ type }}_count
        when coalesce({{ unprovided }}.is_{{ type }}_unprovided, false) then null
        else 0
    end
{% endmacro %}

{#- The columns of additive totals that add up; the first counts entries. -#}
{% macro added_columns(more, per_type, decayed=false) %}
    {%- set columns = ['gross_interaction_count', 'interaction_count'] + more -%}
    {%- if per_type -%}
        {%- for type in var('interaction_types') -%}{%- do columns.append(type ~ '_count') -%}{%- endfor -%}
    {%- endif -%}
    {%- if decayed -%}
        {%- for type in scored_types() -%}{%- do columns.append('decayed_' ~ type ~ '_count') -%}{%- endfor -%}
    {%- endif -%}
    {{ return(columns) }}
{% endmacro %}

{#- How many interactions are of the types that count as participation: `counted` is the one row
    of participation_types. -#}
{% macro participation_count(relation, counted) %}
    {%- for type in var('interaction_types') %}
    case when {{ counted }}.is_{{ type }}_counted then coalesce({{ relation }}.{{ type }}_count, 0) else 0 end{{ ' +' if not loop.last }}
    {%- endfor %}
{% endmacro %}
