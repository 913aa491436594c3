select
    highlights.activity_date,
    messages.said ->> 'username' as username,
    messages.said ->> 'follower_id' as follower_id,
    messages.said ->> 'channel_name' as channel_name,
    messages.said ->> 'text' as said,
    (messages.said ->> 'reaction_count')::bigint as reaction_count
from daily_highlights as highlights
cross join lateral jsonb_array_elements(highlights.top_messages) as messages (said)
where
    highlights.workspace_id = %(workspace)s
    and highlights.community_id = %(id)s
    and highlights.activity_date > %(today)s::date - 56
order by reaction_count desc nulls last, highlights.activity_date desc, said asc
limit 10
