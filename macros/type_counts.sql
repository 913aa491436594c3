{#- One column per interaction type. -#}

{#- Net counts per type: `comment_count, like_count, …`, each the sum of signs; of all types or
    of some. -#}
{% macro sums_per_type(sign, types=none) %}
    {%- for type in types or var('interaction_types') %}
    {{ to_whole_number("coalesce(sum(" ~ sign ~ ") filter (where interaction_type = '" ~ type ~ "'), 0)") }} as {{ type }}_count{{ ',' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{#- Per type whether a flag holds in any row of the type, `is_comment_provided, …`; of all types
    or of some. -#}
{% macro flags_per_type(flag, type_column, suffix, types=none) %}
    {%- for type in types or var('interaction_types') %}
    coalesce(bool_or({{ flag }}) filter (where {{ type_column }} = '{{ type }}'), false) as is_{{ type }}_{{ suffix }}{{ ',' if not loop.last }}
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

{#- Counts of a day: null, not zero, also where the platform gives no time for the type. -#}
{% macro provided_day_counts(relation, unprovided) %}
    {%- for type in var('interaction_types') %}
    {{ provided_count(relation, unprovided, type, of_a_day=true) }} as {{ type }}_count{{ ',' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{% macro provided_count(relation, unprovided, type, of_a_day=false) %}
    case
        when coalesce({{ relation }}.{{ type }}_count, 0) > 0 then {{ relation }}.{{ type }}_count
        when coalesce({{ unprovided }}.is_{{ type }}_unprovided, false) then null
        {% if of_a_day and type in community_types() -%}
        when coalesce({{ unprovided }}.is_{{ type }}_untimed, false) then null
        {% endif -%}
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

{#- Sums over platforms, five columns per type: the observed total and the platforms that are in it,
    the reported total and the platforms that are in it, and the sum of the larger of both on each
    platform. -#}
{% macro totals_over_platforms() %}
    {%- for type, plural in var('interaction_types').items() %}
    {{ to_whole_number('sum(' ~ type ~ '_count)') }} as total_{{ plural }},
    {{ joined_text('case when ' ~ type ~ '_count is not null then platform end', ', ', bytewise('platform')) }} as {{ plural }}_platforms,
    {{ to_whole_number('sum(reported_' ~ type ~ '_count)') }} as reported_{{ plural }},
    {{ joined_text('case when reported_' ~ type ~ '_count is not null then platform end', ', ', bytewise('platform')) }} as reported_{{ plural }}_platforms,
    {{ to_whole_number('sum(greatest(' ~ type ~ '_count, reported_' ~ type ~ '_count))') }} as best_{{ plural }}{{ ',' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{#- The names of these columns, from the given relation. -#}
{% macro total_columns(relation) %}
    {%- set columns = [] -%}
    {%- for plural in var('interaction_types').values() -%}
        {%- do columns.extend(['total_' ~ plural, plural ~ '_platforms']) -%}
        {%- do columns.extend(['reported_' ~ plural, 'reported_' ~ plural ~ '_platforms']) -%}
        {%- do columns.append('best_' ~ plural) -%}
    {%- endfor -%}
    {{ columns_of(relation, columns) }}
{% endmacro %}
