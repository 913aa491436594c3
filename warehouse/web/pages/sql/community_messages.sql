select
    days.activity_date,
    messages.said ->> 'username' as username,
    messages.said ->> 'follower_id' as follower_id,
    messages.said ->> 'channel_name' as channel_name,
    messages.said ->> 'text' as said,
    (messages.said ->> 'reaction_count')::bigint as reaction_count
from daily_highlights as days
cross join lateral jsonb_array_elements(days.top_messages) as messages (said)
where
    days.workspace_id = %(workspace)s
    and days.community_id = %(id)s
    and days.activity_date > %(today)s::date - 56
order by reaction_count desc nulls last, days.activity_date desc, said asc
limit 10
