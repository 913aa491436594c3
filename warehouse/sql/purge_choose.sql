-- The interactions that are older than their platform's retention and whose every entry
-- has taken effect, so that no stored total will ask for one of them again.
-- as_of: the instant by which they are old; held_at: that of the last run.
insert into purging
select itr.*  -- the temporary table is made of it -- noqa: AM04
from core.retained_interactions as itr
inner join core.retention_rules as rul on itr.platform = rul.platform
where
    itr.aged_from < %(as_of)s::timestamptz - rul.retention_days * interval '24 hours'
    and not exists (
        select from core.interaction_ledger as ent
        where
            ent.interaction_id = itr.interaction_id
            and ent.effective_at > %(held_at)s::timestamptz
    )
