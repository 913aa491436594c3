select
    interaction_type,
    count(*) as interaction_count,
    count(*) filter (where created_at > %(as_of)s::timestamptz - interval '5 minutes')
        as last_minutes,
    count(distinct follower_id) as user_count
from user_interaction
where
    workspace_id = %(workspace)s
    and created_at > %(as_of)s::timestamptz - interval '1 hour'
    and created_at <= %(as_of)s
group by interaction_type
order by interaction_count desc, interaction_type asc
