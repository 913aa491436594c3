{#- Native counter names to the closed vocabulary, by seed `counter_metrics`: a row with that very
    name; else the row `<what stands before the first colon>:*`, which takes one name per emoji. -#}

{#- Left joins: a counter without a mapping row is kept. -#}
{% macro join_metrics(relation, metrics) %}
    left join {{ metrics }} as by_metric
        on {{ relation }}.native_metric = by_metric.native_metric
    left join {{ metrics }} as by_prefix
        on split_part({{ relation }}.native_metric, ':', 1) || ':*' = by_prefix.native_metric
{% endmacro %}

{#- Whether a post is what people said, listed as a post only because a platform counts what was
    done with it: its counters belong to the message or comment. -#}
{% macro is_of_what_was_said(native_type) %}
    {{ return("coalesce(" ~ native_type ~ " in ('" ~ var('said_post_types') | join("', '") ~ "'), false)") }}
{% endmacro %}

