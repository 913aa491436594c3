select
    count(distinct issue_id) as issue_count,
    count(distinct follower_id) as person_count,
    coalesce(sum(interaction_count), 0) as interaction_count,
    count(distinct issue_id) filter (
        where last_interaction > %(as_of)s::timestamptz - interval '30 days'
    ) as active_count
from issue_engagements
where workspace_id = %(workspace)s
