with

archived as (
    select * from {{ ref('stg_archived_interactions') }}
),

placed as (
    select
        *,
        'first' as place,
        1 as quantity,
        first_at as occurred_at,
        first_received_at as received_at
    from archived
    union all
    select
        *,
        'last' as place,
        interaction_count - 1 as quantity,
        last_at as occurred_at,
        last_received_at as received_at
    from archived
    where interaction_count > 1
),

entries as (
    select
        {{ natural_key(["'archive'", 'archive_id', 'place']) }} as interaction_id,
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
        {{ no_text() }} as text,
        sentiment,
        time_precision,
        'derived' as key_quality,
        {{ to_json('null') }} as metadata,
        archive_id,
        load_id,
        {{ to_whole_number('0') }} as line_no,
        run_seq,
        case when is_retracted then 0 else quantity end as sign,
        quantity as gross_sign,
        true as is_current,
        occurred_at,
        received_at,
        occurred_at as effective_at,
        {{ to_instant('null') }} as ended_at,
        received_at as version_at,
        {{ to_instant('null') }} as version_received_at,
        {{ no_instants() }} as repeated_at,
        {{ no_instants() }} as repeat_received_at,
        {{ to_instant('null') }} as follower_known_at,
        {{ to_instant('null') }} as post_known_at,
        {{ to_instant('null') }} as time_known_at
    from placed
)

select * from entries
