{{
    config(
        incremental_strategy='keyed',
        unique_key=['follower_id'],
        meta={'delete_when_null': 'is_erased'},
    )
}}

with

-- imported once for each index: what is read twice is read whole and loses them
decisions as {{ not_materialized() }} (
    select * from {{ ref('stg_decisions') }}
),

touched as (
    select distinct
        workspace_id,
        platform,
        platform_user_id
    from decisions
    where {{ is_of_unconsumed_run('run_seq') }}
),

numbered as (
    select
        dcs.follower_id,
        dcs.decision,
        dcs.decision_kind,
        dcs.reason,
        dcs.decided_at,
        row_number() over (
            partition by dcs.follower_id, dcs.decision_kind
            order by dcs.decision_id desc
        ) as newest_first
    from touched as tch
    inner join decisions as dcs
        on
            tch.workspace_id = dcs.workspace_id
            and tch.platform = dcs.platform
            and tch.platform_user_id = dcs.platform_user_id
),

pivoted as (
    select
        follower_id,
        max(decision) filter (where decision_kind = 'vip_status') as vip_status,
        max(reason) filter (where decision = 'flagged') as flag_reason,
        bool_or(decision = 'erased') as is_erased,
        bool_or(decision = 'opted_out') as is_opted_out,
        bool_or(decision = 'blocked') as is_blocked,
        bool_or(decision = 'staff') as is_staff,
        bool_or(decision = 'bot') as is_declared_bot,
        bool_or(decision = 'not_bot') as is_declared_human,
        bool_or(decision = 'own') as is_declared_own,
        bool_or(decision = 'audience') as is_declared_audience,
        bool_or(decision = 'flagged') as is_flagged,
        max(decided_at) filter (where decision = 'flagged') as flagged_at,
        max(decided_at) as last_decided_at
    from numbered
    where newest_first = 1
    group by follower_id
)

select * from pivoted
