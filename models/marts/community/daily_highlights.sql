with

days as (
    select * from {{ ref('community_days') }}
),

day_members as (
    select * from {{ ref('community_day_members') }}
),

day_channels as (
    select * from {{ ref('community_day_channels') }}
),

messages as (
    select * from {{ ref('reacted_messages') }}
),

channels as (
    select * from {{ ref('community_channels') }}
),

profiles as (
    select * from {{ ref('current_profiles') }}
),

sessions as (
    select * from {{ ref('community_voice_sessions') }}
),

excluded as (
    select * from {{ ref('excluded_accounts') }}
),

day_messages as (
    {{ placed_messages() }}
),

highlights as (
    select
        dys.workspace_id,
        dys.platform,
        dys.community_id,
        dys.community_name,
        coalesce(mbr.top_members, {{ to_json("'[]'") }}) as top_members,
        coalesce(chn.top_channels, {{ to_json("'[]'") }}) as top_channels,
        msg.top_messages,
        {{ columns_of('dys', community_added_columns()) }},
        msg.message_reaction_count,
        msg.reported_message_reaction_count,
        msg.best_message_reaction_count,
        coalesce(mbr.active_member_count, 0) as active_member_count,
        coalesce(mbr.first_timer_count, 0) as first_timer_count,
        chn.peak_hour,
        dys.baseline_interaction_count,
        dys.interaction_count - dys.baseline_interaction_count as change_from_baseline,
        {{ rounded(
            '(dys.interaction_count - dys.baseline_interaction_count)'
            ~ ' / nullif(dys.baseline_interaction_count, 0)', 4
        ) }} as change_rate,
        voc.voice_minutes,
        dys.activity_date
    from days as dys
    -- laterals: what belongs to one day, by index; a question about it reads no other.
    -- left: what happened on a day may all have been taken back
    left join lateral (
        select mem.* from day_members as mem
        where {{ is_of_same_day('mem', 'dys') }}
        {{ at_most_one() }}
    ) as mbr on true
    left join lateral (
        select cnl.* from day_channels as cnl
        where {{ is_of_same_day('cnl', 'dys') }}
        {{ at_most_one() }}
    ) as chn on true
    inner join lateral (
        select
            {{ top_list('mes', {
                'interaction_id': 'mes.interaction_id',
                'username': name_of('profiles', 'mes.follower_id'),
                'channel_name': 'mes.channel_name',
                'text': 'mes.message_text',
                'reaction_count': 'mes.reaction_count',
                'reported_reaction_count': 'mes.reported_reaction_count',
            }) }} as top_messages,
            {{ to_whole_number('coalesce(sum(mes.reaction_count), 0)') }}
                as message_reaction_count,
            {{ to_whole_number('sum(mes.reported_reaction_count)') }}
                as reported_message_reaction_count,
            {{ to_whole_number('coalesce(sum(mes.best_reaction_count), 0)') }}
                as best_message_reaction_count
        from day_messages as mes where {{ is_of_same_day('mes', 'dys') }}
    ) as msg on true
    inner join lateral (
        select {{ rounded('sum(ses.seconds) / 60', 1) }} as voice_minutes
        from sessions as ses where {{ is_of_same_day('ses', 'dys') }}
    ) as voc on true
)

select * from highlights
