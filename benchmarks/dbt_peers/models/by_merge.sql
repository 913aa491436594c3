select
    follower_id,
    count(*) as interaction_count,
    count(*) filter (where interaction_type = 'comment') as comment_count,
    count(*) filter (where interaction_type = 'like') as like_count,
    count(*) filter (where interaction_type = 'share') as share_count,
    count(*) filter (where interaction_type = 'save') as save_count,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at,
    max(received_at) as received_at
from marts.follower_interactions
{% if is_incremental() %}
where
    follower_id in (
        select follower_id
        from marts.follower_interactions
        where received_at > (select max(received_at) from {{ this }})
    )
{% endif %}
group by follower_id
