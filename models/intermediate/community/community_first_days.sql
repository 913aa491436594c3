with

channels as (
    select * from {{ ref('community_channels') }}
),

totals as (
    select * from {{ ref('channel_hourly_totals') }}
),

first_days as (
    select
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        min(fst.first_date) as first_date
    from channels as chn
    -- lateral: one index look-up per channel
    inner join lateral (
        select min(ttl.activity_date) as first_date
        from totals as ttl
        where ttl.post_id = chn.post_id and ttl.interaction_count > 0
    ) as fst on true
    group by chn.workspace_id, chn.platform, chn.community_id
)

select * from first_days
