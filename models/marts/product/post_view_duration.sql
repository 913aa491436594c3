with

interactions as (
    select * from {{ ref('product_interactions') }}
),

archived_views as (
    select * from {{ ref('stg_archived_views') }}
),

posts as (
    select * from {{ ref('current_posts') }}
),

views as (
    select
        post_id,
        workspace_id,
        platform_post_id,
        duration_ms,
        scroll_depth,
        is_short_view
    from interactions
    where interaction_type = 'view' and post_id is not null
    union all
    -- of what a purge took away, each view again
    select
        arc.post_id,
        arc.workspace_id,
        arc.platform_post_id,
        arc.duration_ms,
        arc.scroll_depth,
        arc.is_short_view
    from archived_views as arc
    cross join lateral {{ numbers('1', 'arc.view_count') }}
),

measured as (
    select
        post_id as post_key,
        workspace_id,
        platform_post_id as post_id,
        count(*) filter (where not is_short_view) as view_count,
        count(*) filter (where is_short_view) as short_view_count,
        count(duration_ms) filter (where not is_short_view) as measured_view_count,
        round(avg(duration_ms) filter (where not is_short_view), 1)
            as average_duration_ms,
        {{ median('duration_ms', 'not is_short_view') }} as median_duration_ms,
        round(avg(scroll_depth) filter (where not is_short_view), 1)
            as average_scroll_depth,
        {{ median('scroll_depth', 'not is_short_view') }} as median_scroll_depth
    from views
    group by post_id, workspace_id, platform_post_id
),

marked as (
    select
        msr.*,
        coalesce(pst.is_removed, false) as is_removed
    from measured as msr
    -- left: the tracking API describes no posts
    left join posts as pst on msr.post_key = pst.post_id
)

select * from marked
