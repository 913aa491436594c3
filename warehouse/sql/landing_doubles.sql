-- One row per Discord channel with messages that two loads hold in two kinds of export,
-- where at least one of the two waits: JSON, CSV, or a CSV that tells times to the
-- minute. A row of a CSV has no message id, so these count twice. A CSV may know only
-- the name of its channel.
-- message_count: such messages; load_count: loads that hold them, of which one of each
-- kind is named. pending: the waiting loads.
with
loads as (
    select
        load_id,
        workspace_id,
        source_name,
        format like '%%csv' as is_csv,
        load_id = any(%(pending)s::bigint[]) as is_pending
    from raw.loads
    where platform = 'discord' and n_landed > 0
),

waiting as (
    select workspace_id
    from loads
    group by workspace_id
    having bool_or(is_csv) and bool_or(is_pending)
),

kinds as materialized (
    select
        loads.*,
        case
            when not loads.is_csv then 'JSON'
            when (
                select interactions.time_precision
                from raw.interactions as interactions
                where interactions.load_id = loads.load_id
                order by interactions.load_id
                limit 1
            ) = 'minute' then 'CSV to the minute'
            else 'CSV'
        end as kind
    from waiting
    inner join loads on waiting.workspace_id = loads.workspace_id
),

places as materialized (
    select
        kinds.*,
        posts.post_id,
        posts.title
    from kinds
    inner join raw.posts as posts on kinds.load_id = posts.load_id
    where posts.native_type is distinct from 'message'
),

channels as materialized (
    select
        load_id,
        workspace_id,
        source_name,
        kind,
        is_pending,
        post_id,
        post_id as channel_key
    from places
    union
    select
        load_id,
        workspace_id,
        source_name,
        kind,
        is_pending,
        post_id,
        title as channel_key
    from places
    where title is not null
),

candidates as (
    select
        workspace_id,
        channel_key
    from channels
    group by workspace_id, channel_key
    having count(distinct kind) > 1 and bool_or(is_pending)
),

messages as materialized (
    select
        channels.*,
        interactions.actor_id,
        interactions.text,
        date_trunc('minute', interactions.occurred_at) as minute_at
    from candidates
    inner join channels
        on
            candidates.workspace_id = channels.workspace_id
            and candidates.channel_key = channels.channel_key
    inner join raw.interactions as interactions
        on
            channels.load_id = interactions.load_id
            and channels.post_id = interactions.post_id
    where
        interactions.native_type not in ('mention', 'reaction')
        and not interactions.is_retracted
)

select
    as_csv.workspace_id,
    min(as_csv.channel_key) as channel_key,
    count(distinct concat_ws('/', as_csv.actor_id, as_csv.minute_at, as_csv.text))
        as message_count,
    count(distinct as_csv.load_id) + count(distinct other.load_id) as load_count,
    max(as_csv.load_id) as csv_load_id,
    (array_agg(as_csv.source_name order by as_csv.load_id desc))[1] as csv_name,
    max(other.load_id) as other_load_id,
    (array_agg(other.source_name order by other.load_id desc))[1] as other_name,
    as_csv.kind as csv_kind,
    other.kind as other_kind
from messages as as_csv
inner join messages as other
    on
        as_csv.workspace_id = other.workspace_id
        and as_csv.channel_key = other.channel_key
        and as_csv.actor_id = other.actor_id
        and as_csv.minute_at = other.minute_at
        and coalesce(as_csv.text, '') = coalesce(other.text, '')
        and as_csv.kind < other.kind
where as_csv.is_pending or other.is_pending
group by as_csv.workspace_id, as_csv.post_id, other.post_id, as_csv.kind, other.kind
order by as_csv.workspace_id, min(as_csv.channel_key), as_csv.kind, other.kind
