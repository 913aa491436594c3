with

channels as (
    select * from {{ ref('community_channels') }}
),

totals as (
    select * from {{ ref('channel_hourly_totals') }}
),

hours as (
    select
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        {{ to_whole_number('sum(ttl.interaction_count)') }} as interaction_count,
        ttl.activity_date,
        ttl.activity_hour
    from totals as ttl
    inner join channels as chn on ttl.post_id = chn.post_id
    group by
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        ttl.activity_date,
        ttl.activity_hour
)

select * from hours
where interaction_count > 0
