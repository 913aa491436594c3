{#- totals and profiles are imported twice: what is read twice is read whole. -#}
with

actors as (
    select * from {{ ref('follower_totals_in_effect') }}
),

described as (
    select * from {{ ref('current_profiles') }}
),

totals as (
    select * from {{ ref('follower_totals_in_effect') }}
),

profiles as (
    select * from {{ ref('current_profiles') }}
),

decisions as (
    select * from {{ ref('follower_decisions') }}
),

-- an account may only have acted, or only have been described; a union of keys, not a
-- full join: a question about one follower stays an index look-up
known as (
    select
        act.follower_id,
        act.workspace_id,
        act.platform,
        act.platform_user_id
    from actors as act
    union distinct
    select
        dsc.follower_id,
        dsc.workspace_id,
        dsc.platform,
        dsc.platform_user_id
    from described as dsc
),

accounts as (
    select
        knw.follower_id,
        knw.workspace_id,
        knw.platform,
        knw.platform_user_id,
        prf.username,
        prf.display_name,
        prf.profile_url,
        case
            when dcs.is_erased then 'erased'
            when dcs.is_opted_out then 'opted_out'
            when dcs.is_blocked then 'blocked'
            when dcs.is_declared_bot then 'bot'
            when ttl.is_bot_actor and dcs.is_declared_human is not true then 'bot'
            when dcs.is_staff then 'staff'
        end as exclusion_reason,
        prf.follower_count,
        coalesce(ttl.interaction_count, 0) as interaction_count,
        coalesce(ttl.gross_interaction_count, 0) as gross_interaction_count,
        {{ count_columns('ttl') }},
        prf.is_verified,
        ttl.first_at,
        ttl.last_at,
        ttl.first_landed_at
    from known as knw
    -- left: see above
    left join totals as ttl on knw.follower_id = ttl.follower_id
    left join profiles as prf on knw.follower_id = prf.follower_id
    -- left: nobody has decided anything about most accounts
    left join decisions as dcs on knw.follower_id = dcs.follower_id
)

select * from accounts
