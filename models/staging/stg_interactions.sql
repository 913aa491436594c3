with

interactions as (
    select * from {{ source('raw', 'interactions') }}
),

loads as (
    select * from {{ ref('stg_loads') }}
),

-- joined itself: PostgreSQL up to 16 does not know the values of a CTE
mappings as {{ not_materialized() }} (
    select * from {{ ref('interaction_type_mappings') }}
),

purged as (
    select * from {{ source('raw', 'purged_interactions') }}
),

keyed as (
    select
        {{ natural_key(['itr.workspace_id', 'itr.platform', 'itr.native_id']) }}
            as interaction_id,
        {{ natural_key(['itr.workspace_id', 'itr.platform', 'itr.actor_id']) }}
            as follower_id,
        {{ natural_key(['itr.workspace_id', 'itr.platform', 'itr.post_id']) }}
            as post_id,
        {{ natural_key(['itr.workspace_id', 'itr.platform', 'itr.thread_id']) }}
            as thread_id,
        {{ natural_key(['itr.workspace_id', 'itr.platform', 'itr.parent_id']) }}
            as parent_id,
        itr.workspace_id,
        itr.platform,
        itr.actor_id as platform_user_id,
        itr.post_id as platform_post_id,
        itr.actor_kind,
        itr.native_type,
        itr.native_kind,
        {{ mapped_type() }} as interaction_type,
        itr.text,
        itr.sentiment,
        itr.time_precision,
        itr.key_quality,
        itr.metadata,
        itr.load_id,
        itr.line_no,
        lds.run_seq,
        case when itr.is_retracted then 0 else 1 end as sign,
        itr.occurred_at,
        -- without a time of its own it is as new as its document; a retraction as its
        -- receipt, for a document that proves less may still be older
        coalesce(
            itr.version_at,
            case when not itr.is_retracted then lds.documented_at end,
            lds.received_at
        ) as version_at,
        case when itr.version_at is null then lds.received_at end
            as version_received_at,
        lds.received_at
    from interactions as itr
    {{ join_loads('itr') }}
    {{ join_mappings('itr', 'mappings') }}
),

-- what a purge has counted for good is not there any more, whatever comes of it later
kept as (
    select *
    from keyed as kyd
    -- a scalar: an index look-up per row at any size; true, not null: of what is null
    -- it is thought that hardly a row is, and what follows is planned for few
    where coalesce((
        select false
        from purged as prg
        where prg.interaction_id = kyd.interaction_id
    ), true)
)

select * from kept
