{{
    config(
        incremental_strategy='keyed',
        unique_key=['follower_id'],
        meta={'delete_when_null': 'exclusion_reason', 'seeds': 'own_accounts'},
    )
}}

with

entries as {{ not_materialized() }} (
    select * from {{ ref('interaction_ledger') }}
),

decided as (
    select * from {{ ref('stg_decisions') }}
),

decisions as (
    select * from {{ ref('follower_decisions') }}
),

posts as (
    select * from {{ ref('stg_posts') }}
),

owners as (
    select * from {{ ref('known_owners') }}
),

touched as (
    select
        ent.follower_id,
        ent.workspace_id,
        ent.platform
    from entries as ent
    where
        ent.follower_id is not null
        and ent.actor_kind in {{ excluding_kinds() }}
        and {{ is_unconsumed('ent') }}
    union distinct
    select
        dcd.follower_id,
        dcd.workspace_id,
        dcd.platform
    from decided as dcd
    where {{ is_of_unconsumed_run('dcd.run_seq') }}
    union distinct
    select
        pst.owner_id as follower_id,
        pst.workspace_id,
        pst.platform
    from posts as pst
    where pst.owner_id is not null and {{ is_in_unconsumed_load('pst.load_id') }}
    {%- if not is_incremental() %}
    union distinct
    select
        own.follower_id,
        own.workspace_id,
        own.platform
    from owners as own
    {%- endif %}
),

told as (
    select
        tch.follower_id,
        tch.workspace_id,
        tch.platform,
        {{ exclusion_reason(
            'dcs', 'entries', 'tch.follower_id', 'own.follower_id is not null'
        ) }} as exclusion_reason,
        {{ is_of_kind('entries', 'tch.follower_id', 'deleted') }} as is_placeholder
    from touched as tch
    -- left: nobody has decided anything about most, and most run no place
    left join decisions as dcs on tch.follower_id = dcs.follower_id
    left join owners as own on tch.follower_id = own.follower_id
)

select * from told
where {{ is_there_or_gone('exclusion_reason') }}
