select
    created_at,
    interaction_type,
    user_id,
    follower_id,
    post_id,
    duration_ms,
    scroll_depth
from user_interaction
where
    workspace_id = %(workspace)s
    and created_at > %(as_of)s::timestamptz - interval '1 hour'
    and created_at <= %(as_of)s
    and (
        follower_id in (
            select eligibility.follower_id
            from follower_eligibility as eligibility
            where eligibility.exclusion_reason in ('erased', 'opted_out')
        )
    ) is not true
order by created_at desc, interaction_id asc
limit 50
