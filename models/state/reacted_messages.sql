{{
    config(
        incremental_strategy='keyed',
        unique_key=['interaction_id'],
        indexes=[{'columns': ['activity_date', 'post_id']}],
        meta={'delete_when_null': 'post_id', 'seeds': ['workspaces', 'counter_metrics']},
    )
}}

with

entries as {{ not_materialized() }} (
    select * from {{ ref('interaction_ledger') }}
),

answers as {{ not_materialized() }} (
    select * from {{ ref('answer_totals') }}
),

counters as {{ not_materialized() }} (
    select * from {{ ref('interaction_counters') }}
),

deliveries as (
    select * from {{ ref('stg_counters') }}
),

waiting as (
    select * from {{ ref('counter_history') }}
),

posts as (
    select * from {{ ref('stg_posts') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

touched as (
    {{ touched_messages() }}
),

counted as (
    select
        tch.interaction_id,
        coalesce(ans.answered_id, ctr.interaction_id) as reacted_id,
        coalesce(ans.answer_count, 0) as reaction_count,
        ctr.reported_count as reported_reaction_count
    from touched as tch
    -- left: nobody may have reacted, or nobody have counted it
    left join answers as ans
        on
            tch.interaction_id = ans.answered_id
            and ans.interaction_type = 'reaction'
            and ans.answer_count > 0
    left join counters as ctr
        on
            tch.interaction_id = ctr.interaction_id
            and ctr.interaction_type = 'reaction'
            and ctr.reported_count > 0
),

described as (
    select
        cnt.interaction_id,
        msg.follower_id,
        msg.post_id,
        msg.workspace_id,
        msg.platform,
        {{ first_characters('msg.text', var('community_text_length')) }}
            as message_text,
        cnt.reaction_count,
        cnt.reported_reaction_count,
        {{ local_date('msg.occurred_at', 'stg.time_zone') }} as activity_date,
        msg.occurred_at,
        msg.received_at
    from counted as cnt
    -- left, lateral: an index look-up; what is gone, or without reactions, leaves
    left join lateral (
        {{ state_in_effect(
            'entries', 'cnt.reacted_id',
            "ent.interaction_type = 'message' and ent.occurred_at is not null"
        ) }}
    ) as msg on true
    left join settings as stg on msg.workspace_id = stg.workspace_id
    where {{ is_there_or_gone('msg.post_id') }}
)

select * from described
