-- Laterals: what belongs to one day, by index; a question about it reads no other.
-- Subqueries within them: the limit comes before the list.
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
    inner join lateral (  -- noqa: ST05
        select
            {{ json_list(
                json_object({
                    'follower_id': 'bst.follower_id',
                    'username': 'bst.username',
                    'interaction_count': 'bst.interaction_count',
                }),
                'bst.interaction_count desc, bst.follower_id asc'
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
        ) as bst
    ) as mbr on true
    inner join lateral (  -- noqa: ST05
        select
            {{ json_list(
                json_object({
                    'post_id': 'bst.post_id',
                    'channel_name': 'bst.channel_name',
                    'interaction_count': 'bst.interaction_count',
                }),
                'bst.interaction_count desc, bst.post_id asc'
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
        ) as bst
    ) as chn on true
    inner join lateral (  -- noqa: ST05
        select
            {{ json_list(
                json_object({
                    'interaction_id': 'bst.interaction_id',
                    'username': 'coalesce(prf.username, prf.display_name)',
                    'channel_name': 'bst.channel_name',
                    'text': 'bst.message_text',
                    'reaction_count': 'bst.reaction_count',
                }),
                'bst.reaction_count desc, bst.occurred_at asc, bst.received_at asc, '
                ~ 'bst.interaction_id asc'
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
        ) as bst
        -- left: nobody need have said who wrote it
        left join lateral (
            select
                knw.username,
                knw.display_name
            from profiles as knw
            where knw.follower_id = bst.follower_id
            limit 1  -- one at most -- noqa: AM09
        ) as prf on true
    ) as msg on true
)

select * from tops
