-- Laterals: what belongs to one day, by index; a question about it reads no other.
-- Subqueries within them: the limit comes before the list. -- noqa: disable=ST05

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
    inner join lateral (
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
            select led.*
            from leaders as led
            where {{ is_of_same_day('led', 'dys') }}
            order by led.interaction_count desc, led.follower_id asc
            limit {{ var('community_top_count') }}
        ) as bst
    ) as mbr on true
    inner join lateral (
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
            select cnl.*
            from channels as cnl
            where {{ is_of_same_day('cnl', 'dys') }}
            order by cnl.interaction_count desc, cnl.post_id asc
            limit {{ var('community_top_count') }}
        ) as bst
    ) as chn on true
    inner join lateral (
        select
            {{ json_list(
                json_object({
                    'interaction_id': 'bst.interaction_id',
                    'username': 'bst.username',
                    'channel_name': 'bst.channel_name',
                    'text': 'bst.message_text',
                    'reaction_count': 'bst.reaction_count',
                    'reported_reaction_count': 'bst.reported_reaction_count',
                }),
                'bst.best_reaction_count desc, bst.occurred_at asc, bst.received_at asc, '
                ~ 'bst.interaction_id asc'
            ) }} as top_messages
        from (
            select mes.*
            from messages as mes
            where {{ is_of_same_day('mes', 'dys') }}
            order by
                mes.best_reaction_count desc,
                mes.occurred_at asc,
                mes.received_at asc,
                mes.interaction_id asc
            limit {{ var('community_top_count') }}
        ) as bst
    ) as msg on true
)

select * from tops
