-- raw without every delivery of a purged interaction, now and before. The key is made
-- as macro `natural_key` makes it.
with

gone as (
    delete from raw.interactions as itr
    using raw.purged_interactions as prg
    where
        itr.platform = any(%(platforms)s::text[])
        and prg.interaction_id = md5(
            itr.workspace_id || chr(31) || itr.platform || chr(31) || itr.native_id
        )::uuid
    returning itr.platform
)

select
    platform,
    count(*) as gone_count
from gone
group by platform
