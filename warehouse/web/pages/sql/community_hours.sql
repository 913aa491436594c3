with

places as (
    select distinct platform
    from daily_highlights
    where
        workspace_id = %(workspace)s
        and (%(id)s::text is null or community_id = %(id)s)
)

select
    case heatmap.activity_weekday
        when 1 then 'Monday'
        when 2 then 'Tuesday'
        when 3 then 'Wednesday'
        when 4 then 'Thursday'
        when 5 then 'Friday'
        when 6 then 'Saturday'
        when 7 then 'Sunday'
    end as day_name,
    heatmap.activity_hour,
    sum(heatmap.interaction_count) as interaction_count,
    sum(heatmap.average_interaction_count) as average_interaction_count,
    sum(heatmap.active_count) as active_count
from activity_heatmap as heatmap
inner join places on heatmap.platform = places.platform
where heatmap.workspace_id = %(workspace)s
group by heatmap.activity_weekday, heatmap.activity_hour
order by heatmap.activity_weekday, heatmap.activity_hour
