{#- Native words to the closed vocabulary, by seed `interaction_type_mappings`: the most
    specific row wins (platform, type and kind; platform and type; type on any platform).
    Without a row the type is null, and `unmapped_interaction_types` shows it. -#}

{% macro mapped_type() %}
    case
        when by_kind.native_type is not null then by_kind.interaction_type
        when by_type.native_type is not null then by_type.interaction_type
        else by_name.interaction_type
    end
{% endmacro %}

{#- Left joins: a word without a mapping row is kept. -#}
{% macro join_mappings(relation, mappings) %}
    left join {{ mappings }} as by_kind
        on
            {{ relation }}.platform = by_kind.platform
            and {{ relation }}.native_type = by_kind.native_type
            and {{ relation }}.native_kind = by_kind.native_kind
    left join {{ mappings }} as by_type
        on
            {{ relation }}.platform = by_type.platform
            and {{ relation }}.native_type = by_type.native_type
            and by_type.native_kind = '*'
    left join {{ mappings }} as by_name
        on
            by_name.platform = '*'
            and {{ relation }}.native_type = by_name.native_type
            and by_name.native_kind = '*'
{% endmacro %}
