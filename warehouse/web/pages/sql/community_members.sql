select
    members.member ->> 'username' as username,
    members.member ->> 'follower_id' as follower_id,
    count(*) as day_count,
    sum((members.member ->> 'interaction_count')::bigint) as interaction_count
from daily_highlights as highlights
cross join lateral jsonb_array_elements(highlights.top_members) as members (member)
where
    highlights.workspace_id = %(workspace)s
    and highlights.community_id = %(id)s
    and highlights.activity_date > %(today)s::date - 56
group by username, follower_id
order by interaction_count desc, day_count desc, follower_id asc
limit 10
