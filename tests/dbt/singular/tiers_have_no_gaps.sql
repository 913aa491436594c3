-- A score between two whole numbers has a tier, and no score has none.
with

expected as (
    select
        vec.score,
        vec.engagement_tier
    from (
        values
        (0, 'inactive'),
        (9.5, 'inactive'),
        (9.999999, 'inactive'),
        (10, 'lurker'),
        (99.5, 'lurker'),
        (100, 'active'),
        (499.999999, 'active'),
        (500, 'super_fan'),
        (-1, 'inactive'),
        (null, null)
    ) as vec (score, engagement_tier)
)

select * from expected
where
    {{ function('determine_engagement_tier') }}(score)
    is distinct from engagement_tier
