{{
    config(
        incremental_strategy='keyed',
        unique_key=['platform'],
        meta={'basis': 'platform_capabilities', 'gone_without': 'is_comment_unprovided'},
    )
}}

with

capabilities as (
    select * from {{ ref('platform_capabilities') }}
),

dated as (
    select
        platform,
        metric,
        support = 'unsupported' or not names_people as is_unprovided,
        (valid_from is null or valid_from <= {{ local_date(run_as_of(), "'UTC'") }})
        and (valid_to is null or valid_to > {{ local_date(run_as_of(), "'UTC'") }})
            as is_valid
    from capabilities
),

-- a platform of which nothing is valid any more keeps its row
pivoted as (
    select
        platform,
        -- a loop that ends the list confuses the rule -- noqa: disable=LT02
        {% for type in var('interaction_types') -%}
        coalesce(
            bool_or(is_unprovided) filter (where metric = '{{ type }}' and is_valid),
            false
        ) as is_{{ type }}_unprovided{{ ',' if not loop.last }}
        {% endfor %}
    from dated
    -- noqa: enable=LT02
    group by platform
)

select * from pivoted
