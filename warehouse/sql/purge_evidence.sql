-- A statement that two accounts are of one human is as old as the time in it, else as
-- its load.
with

gone as (
    delete from raw.identity_evidence as evd
    using raw.loads as lds, core.retention_rules as rul
    where
        evd.load_id = lds.load_id
        and evd.platform = rul.platform
        and coalesce(evd.observed_at, lds.received_at)
        < %(as_of)s::timestamptz - rul.retention_days * interval '24 hours'
    returning evd.platform
)

select
    platform,
    count(*) as gone_count
from gone
group by platform
