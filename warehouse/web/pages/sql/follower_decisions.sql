select
    decided_at,
    decision,
    reason,
    notes,
    decided_by,
    is_in_effect
from participant_decisions
where workspace_id = %(workspace)s and participant_id = %(id)s
order by decision_id desc
