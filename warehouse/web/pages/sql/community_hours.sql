with

places as (
    select distinct platform
    from daily_highlights
    where
        workspace_id = %(workspace)s
        and (%(id)s::text is null or community_id = %(id)s)
)

select
    case hours.activity_weekday
        when 1 then 'Monday'
        when 2 then 'Tuesday'
        when 3 then 'Wednesday'
        when 4 then 'Thursday'
        when 5 then 'Friday'
        when 6 then 'Saturday'
        when 7 then 'Sunday'
    end as weekday,
    hours.activity_hour,
    sum(hours.interaction_count) as interaction_count,
    sum(hours.average_interaction_count) as average_interaction_count,
    sum(hours.active_count) as active_count
from activity_heatmap as hours
inner join places on hours.platform = places.platform
where hours.workspace_id = %(workspace)s
group by hours.activity_weekday, hours.activity_hour
order by hours.activity_weekday, hours.activity_hour
