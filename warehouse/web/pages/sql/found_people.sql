select
    id as follower_id,
    coalesce(username, display_name, platform_user_id) as username,
    display_name,
    platform,
    is_eligible,
    last_seen
from followers
where
    workspace_id = %(workspace)s
    and %(q)s <> ''
    and coalesce(exclusion_reason, '') not in ('erased', 'opted_out')
    and (
        strpos(lower(username), lower(%(q)s)) > 0
        or strpos(lower(display_name), lower(%(q)s)) > 0
        or platform_user_id = %(q)s
    )
order by last_seen desc nulls last, id asc
limit 25
