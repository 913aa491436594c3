select
    platform,
    sum(interaction_count) filter (where activity_date > %(today)s::date - 7)
        as interaction_count,
    sum(interaction_count) filter (
        where
        activity_date > %(today)s::date - 14
        and activity_date <= %(today)s::date - 7
    ) as interactions_before,
    sum(points) filter (where activity_date > %(today)s::date - 7) as points,
    sum(new_follower_count) filter (where activity_date > %(today)s::date - 7)
        as new_follower_count,
    max(activity_date) filter (where interaction_count > 0) as last_active_date
from daily_activity
where workspace_id = %(workspace)s and activity_date <= %(today)s
group by platform
order by interaction_count desc nulls last, platform asc
