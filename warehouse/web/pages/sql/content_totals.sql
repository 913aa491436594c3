with

items as (
    select count(*) as item_count
    from content_items
    where workspace_id = %(workspace)s
),

posts as (
    select
        count(*) as post_count,
        count(distinct platform) as platform_count
    from content_posts
    where workspace_id = %(workspace)s and content_id is not null
),

days as (
    select
        coalesce(sum(interaction_count) filter (where is_now), 0) as interactions,
        coalesce(sum(interaction_count) filter (where not is_now), 0)
            as interactions_before,
        coalesce(sum(points) filter (where is_now), 0) as points,
        coalesce(sum(points) filter (where not is_now), 0) as points_before
    from (
        select
            interaction_count,
            points,
            activity_date > %(today)s::date - 30 as is_now
        from content_daily_activity
        where
            workspace_id = %(workspace)s
            and activity_date > %(today)s::date - 60
            and activity_date <= %(today)s
    ) as daily
)

select
    items.item_count,
    posts.post_count,
    posts.platform_count,
    days.interactions,
    days.interactions_before,
    days.points,
    days.points_before
from items
cross join posts
cross join days
