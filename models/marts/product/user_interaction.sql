-- Without CTEs, as what it reads: the newest are found by the index of their time.
select
    interaction_id,
    follower_id,
    workspace_id,
    platform_user_id as user_id,
    platform_post_id as post_id,
    interaction_type,
    native_type,
    native_kind,
    key_quality,
    metadata,
    duration_ms,
    scroll_depth,
    is_short_view,
    created_at,
    received_at
from {{ ref('product_interactions') }}
