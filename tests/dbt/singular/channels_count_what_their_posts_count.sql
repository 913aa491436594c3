-- A channel's totals are those of the same post, and its hours hold no more than that.
with

entries as (
    select * from {{ ref('interaction_ledger') }}
),

channels as (
    select * from {{ ref('channel_totals') }}
),

hours as (
    select * from {{ ref('channel_hourly_totals') }}
),

posts as (
    select * from {{ ref('post_totals') }}
),

touched as (
    select distinct post_id
    from entries
    where post_id is not null and {{ is_newly_posted('run_seq') }}
),

hourly as (
    select
        tch.post_id,
        sum(hrs.message_count) as message_count,
        sum(hrs.reaction_count) as reaction_count,
        sum(hrs.voice_join_count) as voice_join_count
    from touched as tch
    inner join hours as hrs on tch.post_id = hrs.post_id
    group by tch.post_id
),

wrong as (
    select chn.post_id
    from touched as tch
    inner join channels as chn on tch.post_id = chn.post_id
    inner join posts as pst on tch.post_id = pst.post_id
    -- left: of none of its interactions the time need be known
    left join hourly as hrs on tch.post_id = hrs.post_id
    where
        (chn.message_count, chn.reaction_count, chn.voice_join_count)
        is distinct from
        (pst.message_count, pst.reaction_count, pst.voice_join_count)
        or hrs.message_count > chn.message_count
        or hrs.reaction_count > chn.reaction_count
        or hrs.voice_join_count > chn.voice_join_count
)

select * from wrong
