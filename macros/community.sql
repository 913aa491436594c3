{#- What happens in communities: messages, reactions and joined voice channels. -#}
{% macro community_types() %}{{ return(['message', 'reaction', 'voice_join']) }}{% endmacro %}

{#- Net and gross count columns of a ledger, in total and per type. -#}
{% macro community_sums(ledger) %}
    {{ to_whole_number('sum(' ~ ledger ~ '.gross_sign)') }} as gross_interaction_count,
    {{ to_whole_number('sum(' ~ ledger ~ '.sign)') }} as interaction_count
    {%- for type in community_types() -%}
    {%- for sign, prefix in [('sign', ''), ('gross_sign', 'gross_')] -%}
    ,
    {{ to_whole_number(
        'coalesce(sum(' ~ ledger ~ '.' ~ sign ~ ') filter (where ' ~ ledger
        ~ ".interaction_type = '" ~ type ~ "'), 0)"
    ) }} as {{ prefix }}{{ type }}_count
    {%- endfor -%}
    {%- endfor %}
{% endmacro %}

{#- The names of those columns; the first counts entries. -#}
{% macro community_added_columns() %}
    {%- set columns = ['gross_interaction_count', 'interaction_count'] -%}
    {%- for type in community_types() -%}
        {%- do columns.extend([type ~ '_count', 'gross_' ~ type ~ '_count']) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}

{#- Whether a ledger entry is of one of those types, on a platform that has communities. -#}
{% macro is_community_entry(entry, places) %}
    {{ entry }}.post_id is not null
    and {{ entry }}.interaction_type in ('{{ community_types() | join("', '") }}')
    and {{ is_on_community_platform(entry, places) }}
{%- endmacro %}

{% macro is_on_community_platform(entry, places) %}
    {{ entry }}.platform in (
        select plc.platform from {{ places }} as plc where plc.is_community
    )
{%- endmacro %}

{#- Whether a row belongs to the same community and day as another. -#}
{% macro is_of_same_day(row, other) %}
    {{ row }}.workspace_id = {{ other }}.workspace_id
    and {{ row }}.platform = {{ other }}.platform
    and {{ row }}.community_id = {{ other }}.community_id
    and {{ row }}.activity_date = {{ other }}.activity_date
{%- endmacro %}
