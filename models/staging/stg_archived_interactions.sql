with

archived as (
    select * from {{ source('raw', 'archived_interactions') }}
),

mappings as (
    select * from {{ ref('interaction_type_mappings') }}
),

mapped as (
    select
        itr.archive_id,
        itr.follower_id,
        itr.post_id,
        itr.thread_id,
        itr.parent_id,
        itr.workspace_id,
        itr.platform,
        itr.platform_user_id,
        itr.platform_post_id,
        itr.actor_kind,
        itr.native_type,
        itr.native_kind,
        {{ mapped_type() }} as interaction_type,
        itr.sentiment,
        itr.time_precision,
        itr.decay_basis,
        itr.load_id,
        itr.run_seq,
        itr.interaction_count,
        itr.later_decayed_count,
        itr.is_retracted,
        itr.first_at,
        itr.last_at,
        itr.first_received_at,
        itr.last_received_at
    from archived as itr
    {{ join_mappings('itr', 'mappings') }}
    where {{ is_known('itr.last_received_at') }}
)

select * from mapped
