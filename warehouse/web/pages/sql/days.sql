select
    activity_date,
    sum(interaction_count) as interaction_count,
    sum(points) as points,
    sum(active_follower_count) as active_follower_count,
    sum(new_follower_count) as new_follower_count,
    bool_and(is_complete) as is_complete
from daily_activity
where
    workspace_id = %(workspace)s
    and activity_date > %(today)s::date - greatest(%(days)s::integer, 84)
    and activity_date <= %(today)s
group by activity_date
order by activity_date
