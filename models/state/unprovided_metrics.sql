{{
    config(
        incremental_strategy='keyed',
        unique_key=['platform'],
        meta={'seeds': 'platform_capabilities', 'delete_when_null': 'is_comment_unprovided'},
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
        support = 'untimed' as is_untimed,
        (valid_from is null or valid_from <= {{ local_date(run_as_of(), "'UTC'") }})
        and (valid_to is null or valid_to > {{ local_date(run_as_of(), "'UTC'") }})
            as is_valid
    from capabilities
),

-- a platform of which nothing is valid any more keeps its row
pivoted as (
    select
        platform,
        {{ flags_per_type(
            'is_untimed and is_valid', 'metric', 'untimed', community_types()
        ) }},
        {{ flags_per_type('is_unprovided and is_valid', 'metric', 'unprovided') }}
    from dated
    group by platform
)

select * from pivoted
