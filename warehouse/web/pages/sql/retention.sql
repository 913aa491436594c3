select
    cohort_week,
    week_number,
    sum(cohort_size) as cohort_size,
    sum(active_count) as active_count,
    sum(active_count) / nullif(sum(cohort_size), 0) as retention_rate,
    bool_and(is_complete) as is_complete
from follower_retention
where
    workspace_id = %(workspace)s
    and (%(platform)s::text is null or platform = %(platform)s)
    and cohort_week > %(today)s::date - 7 * 14
group by cohort_week, week_number
order by cohort_week, week_number
