select
    follower_id,
    occurred_at::date as activity_date,
    count(*) as interaction_count,
    count(*) filter (where interaction_type = 'comment') as comment_count,
    count(*) filter (where interaction_type = 'like') as like_count,
    count(*) filter (where interaction_type = 'share') as share_count,
    count(*) filter (where interaction_type = 'save') as save_count,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at
from {{ source('marts', 'follower_interactions') }}
group by follower_id, occurred_at::date
