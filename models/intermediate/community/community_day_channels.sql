with

channels as (
    select * from {{ ref('community_channels') }}
),

totals as (
    select * from {{ ref('channel_hourly_totals') }}
),

days as (
    select
        chn.post_id,
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        chn.platform_post_id,
        chn.channel_name,
        {{ to_whole_number('sum(ttl.interaction_count)') }} as interaction_count,
        ttl.activity_date
    from totals as ttl
    inner join channels as chn on ttl.post_id = chn.post_id
    group by
        chn.post_id,
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        chn.platform_post_id,
        chn.channel_name,
        ttl.activity_date
)

select * from days
where interaction_count > 0
