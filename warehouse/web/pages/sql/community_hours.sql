select
    (array['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'])
    [activity_weekday] as weekday,
    activity_hour,
    sum(interaction_count) as interaction_count,
    sum(average_interaction_count) as average_interaction_count,
    sum(active_count) as active_count
from activity_heatmap
where
    workspace_id = %(workspace)s
    and platform in (
        select platform
        from daily_highlights
        where
            workspace_id = %(workspace)s
            and (%(id)s::text is null or community_id = %(id)s)
    )
group by activity_weekday, activity_hour
order by activity_weekday, activity_hour
