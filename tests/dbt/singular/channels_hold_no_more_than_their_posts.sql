-- A channel's hours hold no more than the totals of the same post.
with

entries as (
    select * from {{ ref('interaction_ledger') }}
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
    select hrs.post_id
    from hourly as hrs
    -- left: a post of nothing holds nothing
    left join posts as pst on hrs.post_id = pst.post_id
    where
        hrs.message_count > coalesce(pst.message_count, 0)
        or hrs.reaction_count > coalesce(pst.reaction_count, 0)
        or hrs.voice_join_count > coalesce(pst.voice_join_count, 0)
)

select * from wrong
