-- The score function takes six counts in their order; a null count adds nothing.
with

expected as (
    select
        vec.comments,
        vec.likes,
        vec.shares,
        vec.saves,
        vec.profile_visits,
        vec.link_clicks,
        vec.score
    from (
        values
        (1, 1, 1, 0, 0, 0, 16),
        (1, null, null, null, null, null, 5),
        (null, 1, null, null, null, null, 1),
        (null, null, 1, null, null, null, 10),
        (null, null, null, 1, null, null, 8),
        (null, null, null, null, 1, null, 3),
        (null, null, null, null, null, 1, 15),
        (null, null, null, null, null, null, 0)
    ) as vec (comments, likes, shares, saves, profile_visits, link_clicks, score)
)

select * from expected
where
    {{ function('calculate_engagement_score') }}(
        comments, likes, shares, saves, profile_visits, link_clicks
    ) is distinct from score
