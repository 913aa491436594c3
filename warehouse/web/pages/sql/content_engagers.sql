with

posts as (
    select post_id
    from content_posts
    where content_id = %(id)s
),

-- a small item is read whole: its followers have done much else since
sizes as (
    select coalesce(sum(interaction_count), 0) <= 5000 as is_small
    from content_platform_rollup
    where workspace_id = %(workspace)s and content_id = %(id)s
),

engaged as (
    select
        follower_id,
        platform,
        points,
        interaction_count,
        comment_count
    from content_engagers
    where workspace_id = %(workspace)s and content_id = %(id)s and is_eligible
    order by points desc, interaction_count desc, follower_id asc
    limit 20
),

lasts as materialized (
    select
        acts.follower_id,
        max(acts.occurred_at) as last_at
    from follower_interactions as acts
    where
        acts.post_id = any(array(select posts.post_id from posts))
        and (select sizes.is_small from sizes)
    group by acts.follower_id
)

select
    engaged.follower_id,
    -- some platforms tell no user names, or no names at all
    coalesce(followers.username, followers.display_name, followers.platform_user_id)
        as username,
    engaged.platform,
    engaged.points,
    engaged.interaction_count,
    engaged.comment_count,
    coalesce(lasts.last_at, newest.occurred_at) as last_at
from engaged
inner join followers on engaged.follower_id = followers.id
-- left: an item with many interactions has none here
left join lasts on engaged.follower_id = lasts.follower_id
-- left, lateral: the newest by index; some platforms give no times
left join lateral (
    select acts.occurred_at
    from follower_interactions as acts
    where
        not (select sizes.is_small from sizes)
        and acts.follower_id = engaged.follower_id
        -- an array: PostgreSQL then reads from the newest one on
        and acts.post_id = any(array(select posts.post_id from posts))
        and acts.occurred_at is not null
    order by acts.occurred_at desc
    limit 1
) as newest on true
order by engaged.points desc, engaged.interaction_count desc, engaged.follower_id asc
