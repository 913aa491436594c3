-- Eligible ones by filters of counts: as a condition of rows, PostgreSQL would expect
-- hardly any to be left, and look up each of them.
select
    engagement_tier,
    count(*) filter (where is_eligible) as follower_count,
    count(*) filter (
        where is_eligible and activity_state in ('new', 'returning', 'resurrected')
    ) as active_count,
    count(*) filter (where is_eligible and activity_state = 'new') as new_count,
    count(*) filter (where is_eligible and activity_state = 'at_risk') as at_risk_count,
    count(*) filter (
        where is_eligible and activity_state in ('returning', 'at_risk')
    ) as active_before_count
from follower_engagement_scores
where workspace_id = %(workspace)s and interaction_count > 0
group by engagement_tier
having bool_or(is_eligible)
order by min(engagement_score) filter (where is_eligible) desc
