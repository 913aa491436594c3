with

archived as (
    select * from {{ source('raw', 'archived_views') }}
),

views as (
    select
        post_id,
        workspace_id,
        platform_post_id,
        duration_ms,
        scroll_depth,
        view_count,
        is_short_view
    from archived
)

select * from views
