with

totals as (
    select * from {{ ref('follower_totals_in_effect') }}
),

profiles as (
    select * from {{ ref('current_profiles') }}
),

decisions as (
    select * from {{ ref('follower_decisions') }}
),

accounts as (
    select
        coalesce(ttl.follower_id, prf.follower_id) as follower_id,
        coalesce(ttl.workspace_id, prf.workspace_id) as workspace_id,
        coalesce(ttl.platform, prf.platform) as platform,
        coalesce(ttl.is_bot_actor, false) as is_bot_actor
    from totals as ttl
    -- full: an account may only have acted, or only have been described
    full join profiles as prf on ttl.follower_id = prf.follower_id
),

judged as (
    select
        acc.follower_id,
        acc.workspace_id,
        acc.platform,
        case
            when dcs.is_erased then 'erased'
            when dcs.is_opted_out then 'opted_out'
            when dcs.is_blocked then 'blocked'
            when dcs.is_declared_bot then 'bot'
            when acc.is_bot_actor and dcs.is_declared_human is not true then 'bot'
            when dcs.is_staff then 'staff'
        end as exclusion_reason
    from accounts as acc
    -- left: nobody has decided anything about most accounts
    left join decisions as dcs on acc.follower_id = dcs.follower_id
),

eligibility as (
    select
        follower_id,
        workspace_id,
        platform,
        exclusion_reason,
        exclusion_reason is null as is_eligible
    from judged
)

select * from eligibility
