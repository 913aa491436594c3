select
    valid_from,
    username,
    display_name,
    follower_count,
    is_verified,
    profile_url
from participant_profile_history
where workspace_id = %(workspace)s and participant_id = %(id)s
order by version_no desc
