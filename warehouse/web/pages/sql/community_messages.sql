select
    days.activity_date,
    messages.message ->> 'username' as username,
    messages.message ->> 'follower_id' as follower_id,
    messages.message ->> 'channel_name' as channel_name,
    messages.message ->> 'text' as text,
    (messages.message ->> 'reaction_count')::bigint as reaction_count
from daily_highlights as days
cross join lateral jsonb_array_elements(days.top_messages) as messages (message)
where
    days.workspace_id = %(workspace)s
    and days.community_id = %(id)s
    and days.activity_date > %(today)s::date - 56
order by reaction_count desc nulls last, days.activity_date desc, text asc
limit 10
