select
    platform,
    max(comment_count) as comment_count,
    max(like_count) as like_count,
    max(share_count) as share_count,
    max(save_count) as save_count,
    max(message_count) as message_count,
    max(reaction_count) as reaction_count,
    max(voice_join_count) as voice_join_count
from daily_activity
where
    workspace_id = %(workspace)s
    and activity_date > %(today)s::date - 84
    and activity_date <= %(today)s
group by platform
order by platform
