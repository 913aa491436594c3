-- What stays of the chosen interactions: how many of a group that differs in nothing
-- else there were on a day, and when the first and the last of them.
-- run_seq: the run that every model has consumed.
with

archived as (
    insert into raw.archived_interactions (
        run_seq, workspace_id, platform, follower_id, post_id, thread_id, parent_id,
        platform_user_id, platform_post_id, actor_kind, native_type, native_kind,
        sentiment, time_precision, is_retracted, interaction_count,
        later_decayed_count, decay_basis, load_id, first_at, last_at,
        first_received_at, last_received_at
    )
    select
        %(run_seq)s as run_seq,
        workspace_id,
        platform,
        follower_id,
        post_id,
        thread_id,
        parent_id,
        platform_user_id,
        platform_post_id,
        actor_kind,
        native_type,
        native_kind,
        sentiment,
        time_precision,
        is_retracted,
        count(*)::integer as interaction_count,
        sum(decayed_count)
        - (array_agg(decayed_count order by occurred_at, interaction_id))[1]
            as later_decayed_count,
        decay_basis,
        min(load_id) as load_id,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at,
        min(received_at) as first_received_at,
        max(received_at) as last_received_at
    from purging
    group by
        workspace_id,
        platform,
        follower_id,
        post_id,
        thread_id,
        parent_id,
        platform_user_id,
        platform_post_id,
        actor_kind,
        native_type,
        native_kind,
        sentiment,
        time_precision,
        is_retracted,
        decay_basis,
        activity_date,
        occurred_at is null
    returning platform
)

select
    platform,
    count(*) as archived_count
from archived
group by platform
