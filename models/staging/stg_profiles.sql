with

profiles as (
    select * from {{ source('raw', 'profiles') }}
),

loads as (
    select * from {{ ref('stg_loads') }}
),

keyed as (
    select
        {{ fingerprint([
            natural_key(['prf.workspace_id', 'prf.platform', 'prf.actor_id']),
            'prf.actor_kind', 'prf.username', 'prf.display_name', 'prf.profile_url',
            'prf.follower_count', 'prf.is_verified',
            'coalesce(prf.observed_at, lds.documented_at, lds.received_at)',
        ]) }} as observation_id,
        {{ natural_key(['prf.workspace_id', 'prf.platform', 'prf.actor_id']) }}
            as follower_id,
        prf.workspace_id,
        prf.platform,
        prf.actor_id as platform_user_id,
        prf.actor_kind,
        prf.username,
        prf.display_name,
        prf.profile_url,
        prf.follower_count,
        prf.load_id,
        prf.line_no,
        lds.run_seq,
        prf.is_verified,
        -- without a time of its own it is as new as its document
        coalesce(prf.observed_at, lds.documented_at) as observed_at,
        lds.received_at
    from profiles as prf
    {{ join_loads('prf') }}
)

select * from keyed
