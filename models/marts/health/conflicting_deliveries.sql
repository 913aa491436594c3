with

conflicts as (
    select * from {{ ref('delivery_conflicts') }}
),

deliveries as (
    select
        interaction_id,
        workspace_id,
        platform,
        native_type,
        load_id,
        line_no,
        is_follower_different,
        is_post_different,
        is_time_different,
        received_at
    from conflicts
)

select * from deliveries
