-- Each count by itself: it then looks at what it is about, and at nothing else.
with

everybody as (
    select count(*) as participant_count
    from followers
    where workspace_id = %(workspace)s
),

negative as (
    select count(*) as negative_count
    from participant_profiles
    where workspace_id = %(workspace)s and sentiment_trend = 'negative'
),

flagged as (
    select count(*) as flagged_count
    from participant_profiles
    where workspace_id = %(workspace)s and flagged_for_review
),

blocked as (
    select count(*) as blocked_count
    from participant_profiles
    where workspace_id = %(workspace)s and vip_status = 'blocked'
)

select
    everybody.participant_count,
    negative.negative_count,
    flagged.flagged_count,
    blocked.blocked_count
from everybody
cross join negative
cross join flagged
cross join blocked
