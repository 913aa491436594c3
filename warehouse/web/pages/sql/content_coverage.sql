select
    platform,
    interaction_type,
    sum(observed_count) as observed_count,
    sum(reported_count) as reported_count,
    round(
        sum(observed_count) filter (where reported_count is not null)
        / nullif(sum(reported_count), 0),
        4
    ) as coverage_rate,
    max(reported_at) as reported_at
from content_coverage
where workspace_id = %(workspace)s and content_id = %(id)s
group by platform, interaction_type
order by platform, interaction_type
