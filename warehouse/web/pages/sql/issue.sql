select
    %(id)s::text as issue_id,
    count(*) as person_count,
    sum(interaction_count) as interaction_count,
    max(engagement_score) as engagement_score,
    max(score_after_staleness) as score_after_staleness,
    max(last_interaction) as last_interaction
from issue_engagements
where workspace_id = %(workspace)s and issue_id = %(id)s
