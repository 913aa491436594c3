-- The ledger without the chosen interactions.
with

gone as (
    delete from core.interaction_ledger as ldg
    using purging as prg
    where ldg.interaction_id = prg.interaction_id
    returning ldg.platform
)

select
    platform,
    count(*) as gone_count
from gone
group by platform
