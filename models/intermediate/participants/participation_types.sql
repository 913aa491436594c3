with

types as (
    select * from {{ ref('interaction_types') }}
),

pivoted as (
    select
        {{ flags_per_type('counts_as_participation', 'interaction_type', 'counted') }}
    from types
)

select * from pivoted
