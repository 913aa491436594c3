{#- How many more followers are active after a run than before it, in an additive total whose rows are
    slots of time: the distinct followers of a slot do not add up, but who becomes active in it
    and who is not any more does. -#}

{#- Join of the fresh sums of followers with what is stored of them in the same slots, by the CTE
    `stored`, which has consumed the same entries; nothing is stored before a rebuild. -#}
{% macro join_stored_counts(fresh, stored, slot) %}
    {%- if is_incremental() -%}
    -- left, lateral: an index look-up per follower and slot; what nobody did has none
    left join lateral (
        select sto.interaction_count
        from {{ stored }} as sto
        where
            sto.follower_id = {{ fresh }}.follower_id
            {% for column in slot -%}
            and sto.{{ column }} = {{ fresh }}.{{ column }}
            {% endfor -%}
        {{ at_most_one() }}
    ) as str on true
    {%- endif -%}
{% endmacro %}

{#- The aggregate that follows: followers active now less those active before. -#}
{% macro newly_active(fresh) %}
    {%- set followers = 'count(' ~ fresh ~ '.follower_id)' -%}
    {%- if is_incremental() -%}
    {{ followers }} filter (where str.interaction_count > 0)
        - {{ followers }} filter (
            where coalesce(str.interaction_count, 0) > {{ fresh }}.interaction_count
        )
    {%- else -%}
    {{ followers }} filter (where {{ fresh }}.interaction_count > 0)
    {%- endif -%}
{% endmacro %}
