select
    platform,
    reject_reason,
    sum(record_count) as record_count,
    max(last_received_at) as last_received_at
from rejected_records
where workspace_id = %(workspace)s
group by platform, reject_reason
order by sum(record_count) desc, platform asc, reject_reason asc
limit 100
