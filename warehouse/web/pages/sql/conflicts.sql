select
    received_at,
    platform,
    native_type,
    is_follower_different,
    is_post_different,
    is_time_different
from conflicting_deliveries
where workspace_id = %(workspace)s
order by received_at desc, load_id desc, line_no desc
limit 50
