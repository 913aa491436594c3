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

reactions as {{ not_materialized() }} (
    select * from {{ ref('reaction_counts') }}
),

counters as (
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

-- a message changed, what was thought of it, or how often that was counted
touched as (
    select msg.interaction_id
    from entries as msg
    inner join reactions as rct on msg.interaction_id = rct.interaction_id
    where msg.interaction_type = 'message' and {{ is_unconsumed('msg') }}
    union distinct
    select ans.parent_id as interaction_id
    from entries as ans
    where
        ans.interaction_type = 'reaction'
        and ans.parent_id is not null
        and {{ is_unconsumed('ans') }}
    union distinct
    select ctr.post_id as interaction_id
    from counters as ctr
    where {{ is_in_unconsumed_load('ctr.load_id') }}
    {%- if is_incremental() %}
    union distinct
    select wtg.post_id as interaction_id
    from waiting as wtg
    where {{ has_become_due('wtg.observed_at', 'wtg.received_at') }}
    union distinct
    select pst.post_id as interaction_id
    from posts as pst
    where
        {{ is_of_what_was_said('pst.native_type') }}
        and {{ is_in_unconsumed_load('pst.load_id') }}
    {%- endif %}
),

described as (
    select
        tch.interaction_id,
        msg.follower_id,
        msg.post_id,
        msg.workspace_id,
        msg.platform,
        {{ first_characters('msg.text', var('community_text_length')) }}
            as message_text,
        rct.reaction_count,
        rct.reported_reaction_count,
        {{ local_date('msg.occurred_at', 'stg.time_zone') }} as activity_date,
        msg.occurred_at,
        msg.received_at
    from touched as tch
    -- left: a message that is gone, or without reactions, leaves the table
    left join reactions as rct on tch.interaction_id = rct.interaction_id
    -- left, lateral: an index look-up
    left join lateral (
        {{ state_in_effect('entries', 'rct.interaction_id') }}
    ) as msg on msg.interaction_type = 'message' and msg.occurred_at is not null
    left join settings as stg on msg.workspace_id = stg.workspace_id
    where {{ is_there_or_gone('msg.post_id') }}
)

select * from described
