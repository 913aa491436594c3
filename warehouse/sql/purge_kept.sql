-- How many interactions per platform are as old and stay: issues are made of them.
-- as_of: the instant by which they are old.
select
    ldg.platform,
    count(*) as interaction_count
from core.issue_interactions as iss
inner join core.interaction_ledger as ldg
    on iss.interaction_id = ldg.interaction_id and ldg.is_current
inner join core.retention_rules as rul on ldg.platform = rul.platform
where
    coalesce(ldg.occurred_at, ldg.received_at)
    < %(as_of)s::timestamptz - rul.retention_days * interval '24 hours'
group by ldg.platform
