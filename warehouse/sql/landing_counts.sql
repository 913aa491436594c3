-- Counts what some loads hold, by native type and kind, for the landing gate.
-- loads: which; as_of: the instant that is now, where one is declared;
-- platforms, types, kinds: the rows of seed interaction_type_mappings.
with

mappings as (
    select *
    from unnest(%(platforms)s::text[], %(types)s::text[], %(kinds)s::text[])
        as map (platform, native_type, native_kind)
),

counted as (
    select
        itr.load_id,
        itr.platform,
        itr.native_type,
        itr.native_kind,
        count(*) as interaction_count,
        count(*) filter (where itr.actor_id is null) as actor_id_null_count,
        count(*) filter (where itr.occurred_at is null) as occurred_at_null_count,
        count(*) filter (where itr.text is null) as text_null_count,
        count(*) filter (
            where
            itr.occurred_at
            > greatest(lds.received_at, %(as_of)s::timestamptz) + interval '1 day'
        ) as future_count
    from raw.interactions as itr
    inner join raw.loads as lds on itr.load_id = lds.load_id
    where itr.load_id = any(%(loads)s::bigint[]) and not itr.is_retracted
    group by itr.load_id, itr.platform, itr.native_type, itr.native_kind
)

insert into raw.load_counts
select
    ctd.load_id,
    ctd.platform,
    ctd.native_type,
    ctd.native_kind,
    exists(
        select from mappings as map
        where
            map.native_type = ctd.native_type
            and (
                (
                    map.platform = ctd.platform
                    and map.native_kind in ('*', ctd.native_kind)
                )
                or (map.platform = '*' and map.native_kind = '*')
            )
    ) as is_mapped,
    ctd.interaction_count,
    ctd.actor_id_null_count,
    ctd.occurred_at_null_count,
    ctd.text_null_count,
    ctd.future_count
from counted as ctd
