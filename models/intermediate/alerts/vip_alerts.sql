{% set days_quiet = fractional_days_between('vip.last_at', as_of()) %}

with

profiles as (
    select * from {{ ref('current_profiles') }}
),

totals as (
    select * from {{ ref('follower_totals') }}
),

decisions as (
    select * from {{ ref('follower_decisions') }}
),

types as (
    select * from {{ ref('participation_types') }}
),

vip_rules as (
    select * from {{ ref('vip_rules') }}
),

thresholds as (
    select * from {{ ref('alert_thresholds') }}
),

accounts as (
    select
        prf.follower_id,
        dcs.vip_status,
        {{ participation_count('ttl', 'typ') }} as interaction_count,
        prf.follower_count,
        prf.is_verified,
        ttl.last_at
    from profiles as prf
    -- inner: who has done nothing cannot have gone quiet
    inner join totals as ttl on prf.follower_id = ttl.follower_id
    -- left: nobody has decided anything about most accounts
    left join decisions as dcs on prf.follower_id = dcs.follower_id
    cross join types as typ
),

rules as (
    {{ vip_thresholds('vip_rules') }}
),

vips as (
    select
        acc.follower_id,
        {{ vip_reason('acc', 'rul') }} as vip_reason,
        acc.last_at
    from accounts as acc
    cross join rules as rul
),

alerts as (
    select
        vip.follower_id,
        thr.alert_kind,
        thr.severity,
        'A VIP (' || case vip.vip_reason
            when 'vip_status' then 'declared'
            when 'interaction_count' then 'many interactions'
            when 'follower_count' then 'many followers'
            when 'is_verified' then 'verified'
        end || ') has done nothing for ' || floor({{ days_quiet }}) || ' days.'
            as evidence,
        {{ exact_number('null') }} as value_before,
        {{ exact_number('floor(' ~ days_quiet ~ ')') }} as value_now,
        thr.threshold,
        vip.last_at as since
    from vips as vip
    inner join thresholds as thr
        on
            thr.alert_kind = 'vip_quiet'
            and thr.measure = 'days'
            and {{ days_quiet }} >= thr.threshold
    where vip.vip_reason is not null
)

select * from alerts
