with

posts as (
    select post_id
    from content_posts
    where content_id = %(id)s
)

select
    coverage.platform,
    coverage.interaction_type,
    sum(coverage.observed_count) as observed_count,
    sum(coverage.reported_count) as reported_count,
    round(
        sum(coverage.observed_count) filter (where coverage.reported_count is not null)
        / nullif(sum(coverage.reported_count), 0),
        4
    ) as coverage_rate,
    max(coverage.reported_at) as reported_at
from content_coverage as coverage
where
    coverage.workspace_id = %(workspace)s
    and coverage.content_id = %(id)s
    -- an array: PostgreSQL then reads these posts alone
    and coverage.post_id = any(array(select posts.post_id from posts))
group by coverage.platform, coverage.interaction_type
order by coverage.platform, coverage.interaction_type
