-- Without CTEs, so that the counters of one post are found by its index.
select
    ctr.observation_id,
    ctr.post_id,
    ctr.workspace_id,
    ctr.platform,
    ctr.platform_post_id,
    ctr.native_metric,
    coalesce(by_metric.interaction_type, by_prefix.interaction_type)
        as interaction_type,
    ctr.reported_count,
    -- without a time, what came with one load was observed at once
    case when ctr.observed_at is null then ctr.load_id end as told_by_load_id,
    -- a part of a number, such as of one emoji: parts add up
    by_metric.native_metric is null and by_prefix.native_metric is not null as is_part,
    ctr.observed_at,
    ctr.received_at
from {{ ref('counter_history') }} as ctr
{{ join_metrics('ctr', ref('counter_metrics')) }}
