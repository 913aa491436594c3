{% set types = var('interaction_types') %}

with

types as (
    select * from {{ ref('interaction_types') }}
),

pivoted as (
    select
        -- a loop that ends the list confuses the rule -- noqa: disable=LT02
        {% for type in types -%}
        coalesce(
            bool_or(counts_as_participation)
                filter (where interaction_type = '{{ type }}'),
            false
        ) as is_{{ type }}_counted{{ ',' if not loop.last }}
        {% endfor %}
    from types
    -- noqa: enable=LT02
)

select * from pivoted
