-- Labels of texts that are gone; what they said stays with the archives. The key is
-- made as macro `natural_key` makes it.
with

labels as (
    delete from core.label_history as lbl
    using purging as prg
    where lbl.interaction_id = prg.interaction_id
)

delete from raw.labels as lbl
using raw.purged_interactions as prg
where
    prg.interaction_id = md5(
        lbl.workspace_id || chr(31) || lbl.platform || chr(31) || lbl.native_id
    )::uuid
