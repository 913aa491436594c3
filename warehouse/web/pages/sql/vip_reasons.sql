select
    vip_reason,
    count(*) as participant_count
from participant_profiles
where workspace_id = %(workspace)s and is_vip
group by vip_reason
order by participant_count desc, vip_reason asc
