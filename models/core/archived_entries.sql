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
        {{ natural_key(['null']) }} as parent_id,
        workspace_id,
        platform,
        platform_user_id,
        platform_post_id,
        actor_kind,
        native_type,
        native_kind,
        interaction_type,
        null as text,  -- noqa: RF04
        sentiment,
        time_precision,
        'derived' as key_quality,
        {{ to_json('null') }} as metadata,
        archive_id,
        load_id,
        {{ to_whole_number('0') }} as line_no,
        run_seq,
        {{ to_whole_number('null') }} as reversed_run_seq,
        case when is_retracted then 0 else quantity end as sign,
        quantity as gross_sign,
        true as is_standing,
        occurred_at,
        received_at,
        received_at as newest_at,
        received_at as recorded_at,
        occurred_at as effective_at
    from placed
)

select * from entries
