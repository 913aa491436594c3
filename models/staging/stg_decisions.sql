with

decisions as (
    select * from {{ source('raw', 'decisions') }}
),

keyed as (
    select
        {{ natural_key(['workspace_id', 'platform', 'actor_id']) }} as follower_id,
        workspace_id,
        platform,
        actor_id as platform_user_id,
        decision,
        -- a decision and its opposite are of one kind, of which the latest wins
        case
            when decision in ('vip', 'normal', 'blocked') then 'vip_status'
            when decision in ('flagged', 'unflagged') then 'review'
            when decision in ('staff', 'not_staff') then 'staff'
            when decision in ('bot', 'not_bot') then 'bot'
            when decision in ('own', 'audience') then 'ownership'
            when decision in ('opted_out', 'opted_in') then 'opt_out'
            when decision in ('erased') then 'erasure'
        end as decision_kind,
        reason,
        notes,
        decided_by,
        decision_id,
        run_seq,
        decided_at
    from decisions
    -- a decision is in effect after the run that took it up
    where run_seq is not null
)

select * from keyed
