with

decisions as (
    select * from {{ ref('stg_decisions') }}
),

profiles as (
    select * from {{ ref('current_profiles') }}
),

history as (
    select
        dcs.decision_id,
        dcs.follower_id as participant_id,
        dcs.workspace_id,
        dcs.platform,
        dcs.platform_user_id,
        {{ shown_name('prf', 'dcs.platform_user_id') }} as username,
        dcs.decision,
        dcs.decision_kind,
        dcs.reason,
        dcs.notes,
        dcs.decided_by,
        row_number() over (
            partition by dcs.follower_id, dcs.decision_kind
            order by dcs.decision_id desc
        ) = 1 as is_in_effect,
        dcs.decided_at
    from decisions as dcs
    -- left: something can be decided about whoever has not come yet
    left join profiles as prf on dcs.follower_id = prf.follower_id
)

select * from history
