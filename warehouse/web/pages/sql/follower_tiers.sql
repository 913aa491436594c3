select
    engagement_tier,
    count(*) as follower_count,
    count(*) filter (where activity_state in ('new', 'returning', 'resurrected'))
        as active_count,
    count(*) filter (where activity_state = 'new') as new_count,
    count(*) filter (where activity_state = 'at_risk') as at_risk_count,
    count(*) filter (where activity_state in ('returning', 'at_risk'))
        as active_before_count
from follower_engagement_scores
where workspace_id = %(workspace)s and is_eligible and interaction_count > 0
group by engagement_tier
order by min(engagement_score) desc
