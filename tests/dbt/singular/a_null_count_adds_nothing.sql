-- The score function takes six counts in their order and weighs them by the seed;
-- a null count adds nothing.
with

weights as (
    select * from {{ ref('engagement_weights') }}
),

vectors as (
    select
        vec.vector_no,
        vec.comments,
        vec.likes,
        vec.shares,
        vec.saves,
        vec.profile_visits,
        vec.link_clicks
    from (
        values
        (1, 1, 1, 1, 0, 0, 0),
        (2, 1, null, null, null, null, null),
        (3, null, 1, null, null, null, null),
        (4, null, null, 1, null, null, null),
        (5, null, null, null, 1, null, null),
        (6, null, null, null, null, 1, null),
        (7, null, null, null, null, null, 1),
        (8, null, null, null, null, null, null)
    ) as vec (
        vector_no, comments, likes, shares, saves, profile_visits, link_clicks
    )
),

expected as (
    select
        vec.vector_no,
        vec.comments,
        vec.likes,
        vec.shares,
        vec.saves,
        vec.profile_visits,
        vec.link_clicks,
        sum(
            wgt.weight * case wgt.interaction_type
                when 'comment' then coalesce(vec.comments, 0)
                when 'like' then coalesce(vec.likes, 0)
                when 'share' then coalesce(vec.shares, 0)
                when 'save' then coalesce(vec.saves, 0)
                when 'profile_visit' then coalesce(vec.profile_visits, 0)
                when 'link_click' then coalesce(vec.link_clicks, 0)
            end
        ) as score
    from vectors as vec
    cross join weights as wgt
    group by
        vec.vector_no,
        vec.comments,
        vec.likes,
        vec.shares,
        vec.saves,
        vec.profile_visits,
        vec.link_clicks
)

select * from expected
where
    {{ function('calculate_engagement_score') }}(
        comments, likes, shares, saves, profile_visits, link_clicks
    ) is distinct from score
