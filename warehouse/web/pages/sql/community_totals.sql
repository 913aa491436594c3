select
    sum(interaction_count) filter (where is_now) as interactions,
    sum(interaction_count) filter (where not is_now) as interactions_before,
    sum(message_count) filter (where is_now) as messages,
    sum(message_count) filter (where not is_now) as messages_before,
    sum(first_timer_count) filter (where is_now) as first_timers,
    sum(first_timer_count) filter (where not is_now) as first_timers_before
from (
    select
        interaction_count,
        message_count,
        first_timer_count,
        activity_date > %(today)s::date - 7 as is_now
    from daily_highlights
    where
        workspace_id = %(workspace)s
        and activity_date > %(today)s::date - 14
        and activity_date <= %(today)s
) as daily
