with

days as (
    select
        platform,
        interaction_count,
        points,
        new_follower_count,
        activity_date,
        activity_date > %(today)s::date - %(days)s::integer as is_now,
        activity_date <= %(today)s::date - %(days)s::integer
        and activity_date > %(today)s::date - 2 * %(days)s::integer as is_before
    from daily_activity
    where workspace_id = %(workspace)s and activity_date <= %(today)s
)

select
    platform,
    sum(interaction_count) filter (where is_now) as interaction_count,
    sum(interaction_count) filter (where is_before) as interactions_before,
    sum(points) filter (where is_now) as points,
    sum(new_follower_count) filter (where is_now) as new_follower_count,
    sum(new_follower_count) filter (where is_before) as new_followers_before,
    max(activity_date) filter (where interaction_count > 0) as last_active_date
from days
group by platform
order by interaction_count desc nulls last, platform asc
