{% set types = var('interaction_types') %}

with

capabilities as (
    select * from {{ ref('platform_capabilities') }}
),

valid as (
    select *
    from capabilities
    where
        (valid_from is null or valid_from <= {{ local_date(as_of(), "'UTC'") }})
        and (valid_to is null or valid_to > {{ local_date(as_of(), "'UTC'") }})
),

pivoted as (
    select
        platform,
        -- a loop that ends the list confuses the rule -- noqa: disable=LT02
        {% for type in types -%}
        coalesce(
            bool_or(support = 'unsupported' or not names_people)
                filter (where metric = '{{ type }}'),
            false
        ) as is_{{ type }}_unprovided{{ ',' if not loop.last }}
        {% endfor %}
    from valid
    -- noqa: enable=LT02
    group by platform
)

select * from pivoted
