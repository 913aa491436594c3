-- The ledger with what stays of them, posted by a run that every model has consumed: no
-- stored total moves. archived_before: the newest archive of earlier purges.
insert into core.interaction_ledger (
    interaction_id, follower_id, post_id, thread_id, parent_id, workspace_id, platform,
    platform_user_id, platform_post_id, actor_kind, native_type, native_kind,
    interaction_type, text, sentiment, time_precision, key_quality, metadata,
    archive_id, load_id, line_no, run_seq, sign, gross_sign,
    is_current, occurred_at, received_at, effective_at, version_at
)
select
    interaction_id,
    follower_id,
    post_id,
    thread_id,
    parent_id,
    workspace_id,
    platform,
    platform_user_id,
    platform_post_id,
    actor_kind,
    native_type,
    native_kind,
    interaction_type,
    text,
    sentiment,
    time_precision,
    key_quality,
    metadata,
    archive_id,
    load_id,
    line_no,
    run_seq,
    sign,
    gross_sign,
    is_current,
    occurred_at,
    received_at,
    effective_at,
    version_at
from core.archived_entries
where archive_id > %(archived_before)s
order by interaction_id
