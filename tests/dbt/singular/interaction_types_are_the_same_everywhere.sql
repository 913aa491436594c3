-- Variable, seed of types and seed of weights have the same interaction types.
with

configured as (
    select vec.interaction_type
    from (
        values
        {% for type in var('interaction_types') -%}
        ('{{ type }}'){{ ',' if not loop.last }}
        {% endfor -%}
    ) as vec (interaction_type)
),

types as (
    select * from {{ ref('interaction_types') }}
),

weights as (
    select * from {{ ref('engagement_weights') }}
),

named as (
    select
        interaction_type,
        'variable' as place
    from configured
    union all
    select
        interaction_type,
        'types' as place
    from types
    union all
    select
        interaction_type,
        'weights' as place
    from weights
)

select interaction_type
from named
group by interaction_type
having count(distinct place) < 3
