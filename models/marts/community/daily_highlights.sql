-- Laterals: what belongs to one day, by index; a question about it reads no other.
with

days as (
    select * from {{ ref('community_compared_days') }}
),

tops as (
    select * from {{ ref('community_day_tops') }}
),

members as (
    select * from {{ ref('community_day_members') }}
),

hours as (
    select * from {{ ref('community_day_hours') }}
),

messages as (
    select * from {{ ref('community_day_messages') }}
),

sessions as (
    select * from {{ ref('community_voice_sessions') }}
),

highlights as (
    select
        dys.workspace_id,
        dys.platform,
        dys.community_id,
        dys.community_name,
        bst.top_members,
        bst.top_channels,
        bst.top_messages,
        {{ columns_of('dys', community_added_columns()) }},
        rct.message_reaction_count,
        rct.reported_message_reaction_count,
        rct.best_message_reaction_count,
        mem.active_member_count,
        mem.first_timer_count,
        hrs.peak_hour,
        dys.baseline_interaction_count,
        dys.interaction_count - dys.baseline_interaction_count as change_from_baseline,
        {{ rounded(
            '(dys.interaction_count - dys.baseline_interaction_count)'
            ~ ' / nullif(dys.baseline_interaction_count, 0)', 4
        ) }} as change_rate,
        voc.voice_minutes,
        dys.activity_date
    from days as dys
    inner join lateral (
        select
            tps.top_members,
            tps.top_channels,
            tps.top_messages
        from tops as tps
        where {{ is_of_same_day('tps', 'dys') }}
        {{ at_most_one() }}
    ) as bst on true
    inner join lateral (
        select
            count(*) as active_member_count,
            count(*) filter (where mbr.is_first_day) as first_timer_count
        from members as mbr
        where {{ is_of_same_day('mbr', 'dys') }}
    ) as mem on true
    inner join lateral (
        select {{ value_of_first(
            'hou.activity_hour', 'hou.interaction_count desc, hou.activity_hour asc'
        ) }} as peak_hour
        from hours as hou
        where {{ is_of_same_day('hou', 'dys') }}
    ) as hrs on true
    inner join lateral (
        select
            {{ to_whole_number('coalesce(sum(mes.reaction_count), 0)') }}
                as message_reaction_count,
            {{ to_whole_number('sum(mes.reported_reaction_count)') }}
                as reported_message_reaction_count,
            {{ to_whole_number('coalesce(sum(mes.best_reaction_count), 0)') }}
                as best_message_reaction_count
        from messages as mes
        where {{ is_of_same_day('mes', 'dys') }}
    ) as rct on true
    inner join lateral (
        select {{ rounded('sum(ses.seconds) / 60', 1) }} as voice_minutes
        from sessions as ses
        where {{ is_of_same_day('ses', 'dys') }}
    ) as voc on true
)

select * from highlights
