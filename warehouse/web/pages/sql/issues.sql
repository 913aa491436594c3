select
    issue_id,
    count(*) as person_count,
    sum(interaction_count) as interaction_count,
    max(engagement_score) as engagement_score,
    max(score_after_staleness) as score_after_staleness,
    sum(query_count) as query_count,
    sum(mention_count) as mention_count,
    sum(view_count) as view_count,
    max(last_interaction) as last_interaction
from issue_engagements
where workspace_id = %(workspace)s and not is_prunable
group by issue_id
order by interaction_count desc, issue_id asc
limit 100
