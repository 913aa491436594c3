select
    loads.platform,
    rejects.reason,
    count(*) as record_count,
    max(loads.committed_at) as last_received_at
from raw.rejects as rejects
inner join raw.loads as loads on rejects.load_id = loads.load_id
where loads.workspace_id = %(workspace)s and rejects.replay_load_id is null
group by loads.platform, rejects.reason
order by record_count desc, loads.platform asc, rejects.reason asc
limit 100
