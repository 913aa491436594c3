select
    count(*) as participant_count,
    count(*) filter (where is_vip) as vip_count,
    count(*) filter (where sentiment_trend = 'negative') as negative_count,
    count(*) filter (where flagged_for_review) as flagged_count,
    count(*) filter (where vip_status = 'blocked') as blocked_count
from participant_profiles
where workspace_id = %(workspace)s
