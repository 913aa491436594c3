-- One row per workspace and format of one platform with loads that wait for a run: what
-- is measured of them, and against the loads before them. No colon and no per cent sign
-- in a text: Great Expectations would take them for its own.
-- platform: which; pending, earlier: loads; fewest: earlier ones it takes to compare.
with

loads as (
    select
        load_id,
        workspace_id,
        format,
        n_in,
        n_landed,
        replay_of is not null as is_replay,
        load_id = any(%(pending)s::bigint[]) as is_pending
    from raw.loads
    where
        platform = %(platform)s
        and load_id = any(%(pending)s::bigint[] || %(earlier)s::bigint[])
),

-- what was replayed with success is no longer rejected
rejects as (
    select
        load_id,
        count(*) as open_count
    from raw.rejects
    where load_id = any(%(pending)s::bigint[]) and replay_load_id is null
    group by load_id
),

deliveries as (
    select
        lds.workspace_id,
        lds.format,
        count(*) filter (where not lds.is_pending) as earlier_loads,
        count(*) filter (where not lds.is_pending)
        >= %(fewest)s::bigint as is_comparable,
        sum(lds.n_landed) filter (where lds.is_pending)::bigint as landed_count,
        coalesce(sum(rej.open_count), 0)::bigint as rejected_count,
        avg(lds.n_in) filter (where lds.is_pending and not lds.is_replay)
            as records_per_load,
        min(lds.n_in) filter (where not lds.is_pending) as fewest_records,
        max(lds.n_in) filter (where not lds.is_pending) as most_records
    from loads as lds
    left join rejects as rej on lds.load_id = rej.load_id  -- most loads have none
    group by lds.workspace_id, lds.format
),

words as (
    select
        lds.workspace_id,
        lds.format,
        cnt.native_type,
        lds.is_pending,
        not bool_and(cnt.is_mapped) as is_unmapped,
        sum(cnt.interaction_count) as interaction_count,
        sum(cnt.actor_id_null_count) as actor_id_null_count,
        sum(cnt.occurred_at_null_count) as occurred_at_null_count,
        sum(cnt.text_null_count) as text_null_count,
        sum(cnt.future_count) as future_count,
        sum(cnt.interaction_count)
        / sum(sum(cnt.interaction_count)) over (
            partition by lds.workspace_id, lds.format, lds.is_pending
        ) as type_share
    from raw.load_counts as cnt
    inner join loads as lds on cnt.load_id = lds.load_id
    group by lds.workspace_id, lds.format, cnt.native_type, lds.is_pending
),

-- null rates of the waiting loads and of those before
rates as (
    select
        workspace_id,
        format,
        is_pending,
        sum(interaction_count)::bigint as interaction_count,
        sum(actor_id_null_count) / sum(interaction_count) as actor_id_null_share,
        sum(occurred_at_null_count) / sum(interaction_count) as occurred_at_null_share,
        sum(text_null_count) / sum(interaction_count) as text_null_share,
        sum(future_count) / sum(interaction_count) as future_share,
        count(*) filter (where is_unmapped) as unmapped_types,
        string_agg(native_type, ', ' order by native_type) filter (where is_unmapped)
            as unmapped_words
    from words
    group by workspace_id, format, is_pending
),

changes as (
    select
        workspace_id,
        format,
        native_type,
        sum(case when is_pending then type_share else -type_share end) as difference
    from words
    group by workspace_id, format, native_type
),

-- total variation distance: the share that would have to be of another type
drifts as (
    select
        workspace_id,
        format,
        sum(abs(difference)) / 2 as type_drift
    from changes
    group by workspace_id, format
)

select
    dlv.workspace_id,
    dlv.format,
    wtg.unmapped_words,
    dlv.landed_count + dlv.rejected_count as record_count,
    coalesce(wtg.interaction_count, 0) as interaction_count,
    dlv.earlier_loads,
    dlv.records_per_load::float8 as records_per_load,
    dlv.fewest_records,
    dlv.most_records,
    greatest(dlv.records_per_load, dlv.most_records)::float8 as largest_load,
    dlv.rejected_count::float8
    / nullif(dlv.landed_count + dlv.rejected_count, 0) as reject_share,
    wtg.future_share::float8 as future_share,
    case
        when dlv.is_comparable and dlv.records_per_load is not null then
            greatest(
                dlv.records_per_load / greatest(dlv.most_records, 1),
                dlv.fewest_records / greatest(dlv.records_per_load, 1)
            )
    end::float8 as volume_change,
    wtg.actor_id_null_share::float8 as actor_id_null_share,
    wtg.occurred_at_null_share::float8 as occurred_at_null_share,
    wtg.text_null_share::float8 as text_null_share,
    case
        when dlv.is_comparable
            then wtg.actor_id_null_share - erl.actor_id_null_share
    end::float8 as actor_id_null_rise,
    case
        when dlv.is_comparable
            then wtg.occurred_at_null_share - erl.occurred_at_null_share
    end::float8 as occurred_at_null_rise,
    case
        when dlv.is_comparable
            then wtg.text_null_share - erl.text_null_share
    end::float8 as text_null_rise,
    coalesce(wtg.unmapped_types, 0) as unmapped_types,
    case
        when
            dlv.is_comparable
            and erl.interaction_count > 0
            and wtg.interaction_count > 0
            then dft.type_drift
    end::float8 as type_drift
from deliveries as dlv
-- left joins: loads may hold no interactions, and nothing may have come before
left join rates as wtg
    on
        dlv.workspace_id = wtg.workspace_id
        and dlv.format = wtg.format
        and wtg.is_pending
left join rates as erl
    on
        dlv.workspace_id = erl.workspace_id
        and dlv.format = erl.format
        and not erl.is_pending
left join
    drifts as dft
    on dlv.workspace_id = dft.workspace_id and dlv.format = dft.format
order by dlv.workspace_id, dlv.format
