with

users as (
    select
        coalesce(sum(view_count), 0) as view_count,
        count(*) as user_count,
        round(
            sum(click_count + like_count + share_count) / nullif(sum(view_count), 0), 4
        ) as engagement_rate
    from user_engagement
    where workspace_id = %(workspace)s
),

durations as (
    select
        percentile_cont(0.5) within group (order by median_duration_ms)
            as median_duration_ms
    from post_view_duration
    where workspace_id = %(workspace)s
)

select
    users.view_count,
    users.user_count,
    users.engagement_rate,
    durations.median_duration_ms
from users
cross join durations
