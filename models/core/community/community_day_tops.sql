-- Laterals: what belongs to one day, by index, so that a question about it reads no other.
{% set top_count = var('community_top_count') %}

with

days as (
    select * from {{ ref('community_days') }}
),

leaders as (
    select * from {{ ref('community_day_leaders') }}
),

channels as (
    select * from {{ ref('community_day_channels') }}
),

messages as (
    select * from {{ ref('community_day_messages') }}
),

profiles as (
    select * from {{ ref('current_profiles') }}
),

tops as (
    select
        dys.workspace_id,
        dys.platform,
        dys.community_id,
        mbr.top_members,
        chn.top_channels,
        msg.top_messages,
        dys.activity_date
    from days as dys
    cross join lateral (
        select
            {{ json_list(
                json_object({
                    'follower_id': 'top.follower_id',
                    'username': 'top.username',
                    'interaction_count': 'top.interaction_count',
                }),
                'top.interaction_count desc, top.follower_id asc'
            ) }} as top_members
        from (
            select
                led.follower_id,
                led.username,
                led.interaction_count
            from leaders as led
            where {{ is_of_same_day('led', 'dys') }}
            order by led.interaction_count desc, led.follower_id asc
            limit {{ top_count }}
        ) as top
    ) as mbr
    cross join lateral (
        select
            {{ json_list(
                json_object({
                    'post_id': 'top.post_id',
                    'channel_name': 'top.channel_name',
                    'interaction_count': 'top.interaction_count',
                }),
                'top.interaction_count desc, top.post_id asc'
            ) }} as top_channels
        from (
            select
                cnl.post_id,
                cnl.channel_name,
                cnl.interaction_count
            from channels as cnl
            where {{ is_of_same_day('cnl', 'dys') }}
            order by cnl.interaction_count desc, cnl.post_id asc
            limit {{ top_count }}
        ) as top
    ) as chn
    cross join lateral (
        select
            {{ json_list(
                json_object({
                    'interaction_id': 'top.interaction_id',
                    'username': 'coalesce(prf.username, prf.display_name)',
                    'channel_name': 'top.channel_name',
                    'text': 'top.text',
                    'reaction_count': 'top.reaction_count',
                }),
                'top.reaction_count desc, top.occurred_at asc, top.received_at asc, '
                ~ 'top.interaction_id asc'
            ) }} as top_messages
        from (
            select mes.*
            from messages as mes
            where {{ is_of_same_day('mes', 'dys') }}
            order by
                mes.reaction_count desc,
                mes.occurred_at asc,
                mes.received_at asc,
                mes.interaction_id asc
            limit {{ top_count }}
        ) as top
        -- left: nobody need have said who wrote it
        left join lateral (
            select
                knw.username,
                knw.display_name
            from profiles as knw
            where knw.follower_id = top.follower_id
            limit 1  -- noqa: AM09
        ) as prf on true
    ) as msg
)

select * from tops
