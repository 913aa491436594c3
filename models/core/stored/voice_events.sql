{{
    config(
        incremental_strategy='touched',
        unique_key=['interaction_id'],
        indexes=[
            {'columns': ['post_id', 'activity_date']},
            {'columns': ['follower_id', 'post_id', 'occurred_at']},
        ],
        meta={
            'kept': 'follower_id',
            'basis': ['workspaces', 'community_places', 'voice_leave_words'],
        },
    )
}}

with

entries as (
    select * from {{ ref('interaction_ledger') }}
),

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

places as (
    select * from {{ ref('community_places') }}
),

leave_words as (
    select * from {{ ref('voice_leave_words') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

touched as (
    select distinct ldg.interaction_id
    from entries as ldg
    where
        ldg.platform in (select plc.platform from places as plc where plc.is_community)
        and ldg.post_id is not null
        and ldg.follower_id is not null
        and ldg.occurred_at is not null
        and (
            ldg.interaction_type = 'voice_join'
            or ldg.native_type in (select wrd.native_type from leave_words as wrd)
        )
        and {{ is_unconsumed('ldg.run_seq') }}
),

described as (
    select
        tch.interaction_id,
        case
            when itr.interaction_type = 'voice_join' or wrd.native_type is not null
                then itr.follower_id
        end as follower_id,
        itr.post_id,
        itr.workspace_id,
        itr.platform,
        wrd.native_type is not null as is_leave,
        {{ local_date('itr.occurred_at', 'stg.time_zone') }} as activity_date,
        itr.occurred_at,
        itr.received_at
    from touched as tch
    -- left: what is not in effect any more leaves the table
    left join interactions as itr
        on tch.interaction_id = itr.interaction_id and itr.sign = 1
    -- left: only a word for leaving ends a session
    left join leave_words as wrd
        on
            itr.native_type = wrd.native_type
            and wrd.platform in ('*', itr.platform)
            and itr.interaction_type is null
    left join settings as stg on itr.workspace_id = stg.workspace_id
)

select * from described
{%- if not is_brought_forward() %}
where follower_id is not null
{%- endif %}
