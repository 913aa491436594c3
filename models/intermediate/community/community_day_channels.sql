with

channels as (
    select * from {{ ref('community_channels') }}
),

totals as (
    select * from {{ ref('channel_hourly_totals') }}
),

hours as {{ not_materialized() }} (
    select
        chn.post_id,
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        chn.channel_name,
        ttl.interaction_count,
        ttl.activity_date,
        ttl.activity_hour
    from totals as ttl
    inner join channels as chn on ttl.post_id = chn.post_id
),

active_channels as (
    select
        hou.post_id,
        {{ day_of_community('hou') }},
        hou.channel_name,
        sum(hou.interaction_count) as interaction_count,
        row_number() over (
            partition by {{ day_of_community('hou') }}
            order by sum(hou.interaction_count) desc, hou.post_id asc
        ) as place
    from hours as hou
    group by hou.post_id, {{ day_of_community('hou') }}, hou.channel_name
    having sum(hou.interaction_count) > 0
),

active_hours as (
    select
        {{ day_of_community('hou') }},
        hou.activity_hour,
        sum(hou.interaction_count) as interaction_count
    from hours as hou
    group by {{ day_of_community('hou') }}, hou.activity_hour
    having sum(hou.interaction_count) > 0
),

peaks as (
    select
        {{ day_of_community('act') }},
        {{ value_of_first(
            'act.activity_hour', 'act.interaction_count desc, act.activity_hour asc'
        ) }} as peak_hour
    from active_hours as act
    group by {{ day_of_community('act') }}
),

tops as (
    select
        {{ day_of_community('chn') }},
        {{ top_list('chn', {
            'post_id': 'chn.post_id',
            'channel_name': 'chn.channel_name',
            'interaction_count': to_whole_number('chn.interaction_count'),
        }) }} as top_channels
    from active_channels as chn
    group by {{ day_of_community('chn') }}
),

days as (
    select
        {{ day_of_community('pks') }},
        tps.top_channels,
        pks.peak_hour
    from peaks as pks
    -- left: channels may have taken back as much as others had
    left join tops as tps on {{ is_of_same_day('tps', 'pks') }}
)

select * from days
