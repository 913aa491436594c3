-- Records that could not be landed tell no time: they are as old as their load.
with

gone as (
    delete from raw.rejects as rej
    using raw.loads as lds, core.retention_rules as rul
    where
        rej.load_id = lds.load_id
        and lds.platform = rul.platform
        and lds.received_at
        < %(as_of)s::timestamptz - rul.retention_days * interval '24 hours'
    returning lds.platform
)

select
    platform,
    count(*) as gone_count
from gone
group by platform
