{{
    config(
        incremental_strategy='keyed',
        unique_key=['interaction_id'],
        indexes=[
            {'columns': ['activity_date', 'post_id']},
            {'columns': ['follower_id', 'post_id', 'occurred_at']},
        ],
        meta={
            'delete_when_null': 'follower_id',
            'seeds': ['workspaces', 'community_places', 'voice_leave_words'],
            'platforms_in': 'community_places',
        },
    )
}}

with

entries as {{ not_materialized() }} (
    select * from {{ ref('interaction_ledger') }}
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
        {{ is_on_community_platform('ldg', 'places') }}
        and ldg.post_id is not null
        and ldg.follower_id is not null
        and ldg.occurred_at is not null
        and (
            ldg.interaction_type = 'voice_join'
            or ldg.native_type in (select wrd.native_type from leave_words as wrd)
        )
        and {{ is_unconsumed('ldg') }}
),

named as (
    select
        itr.*,
        wrd.native_type is not null as is_leave
    from touched as tch
    -- lateral: an index look-up per key at any size
    inner join lateral (
        {{ state_in_effect('entries', 'tch.interaction_id') }}
    ) as itr on true
    -- left: only a word for leaving ends a session
    left join leave_words as wrd
        on
            itr.native_type = wrd.native_type
            and wrd.platform in ('*', itr.platform)
            and itr.interaction_type is null
    where itr.interaction_type = 'voice_join' or wrd.native_type is not null
),

described as (
    select
        tch.interaction_id,
        nmd.follower_id,
        nmd.post_id,
        nmd.workspace_id,
        nmd.platform,
        nmd.is_leave,
        {{ local_date('nmd.occurred_at', 'stg.time_zone') }} as activity_date,
        nmd.occurred_at,
        nmd.received_at
    from touched as tch
    -- left: what is not in effect any more leaves the table
    left join named as nmd on tch.interaction_id = nmd.interaction_id
    left join settings as stg on nmd.workspace_id = stg.workspace_id
    where {{ is_there_or_gone('nmd.follower_id') }}
)

select * from described
