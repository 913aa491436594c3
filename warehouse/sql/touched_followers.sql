-- The followers that a planned run may change, and perhaps some more: those of what
-- waits, those that the ledger has for the same interactions, and those of what has
-- come due. Keys are made as macro `natural_key` makes them.
-- loads: what waits; last_as_of, as_of: the instants of the last run and of this one;
-- by_the_clock: the last run went by the clock.
with

delivered as (
    select
        md5(
            itr.workspace_id || chr(31) || itr.platform || chr(31) || itr.actor_id
        )::uuid as follower_id,
        md5(
            itr.workspace_id || chr(31) || itr.platform || chr(31) || itr.native_id
        )::uuid as interaction_id
    from raw.interactions as itr
    where itr.load_id = any(%(loads)s::bigint[])
),

touched as (
    select follower_id from delivered
    union
    -- a scalar: an index look-up per interaction at any size
    select (
        select ldg.follower_id
        from core.interaction_ledger as ldg
        where ldg.interaction_id = dlv.interaction_id and ldg.is_current
    ) as follower_id
    from delivered as dlv
    union
    select
        md5(
            prf.workspace_id || chr(31) || prf.platform || chr(31) || prf.actor_id
        )::uuid as follower_id
    from raw.profiles as prf
    where prf.load_id = any(%(loads)s::bigint[])
    union
    select ent.follower_id
    from core.interaction_ledger as ent
    where
        (not %(by_the_clock)s or ent.effective_at > ent.received_at)
        and ent.effective_at > %(last_as_of)s
        and ent.effective_at <= coalesce(%(as_of)s::timestamptz, clock_timestamp())
    union
    select hst.follower_id
    from core.profile_history as hst
    where
        (not %(by_the_clock)s or hst.observed_at > hst.received_at)
        and hst.observed_at > %(last_as_of)s
        and hst.observed_at <= coalesce(%(as_of)s::timestamptz, clock_timestamp())
)

select follower_id from touched
where follower_id is not null
