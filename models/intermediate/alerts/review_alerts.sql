{#- a flag may be set after the instant that is shown -#}
{% set days_open =
    'greatest(' ~ fractional_days_between('dcs.flagged_at', as_of()) ~ ', 0)' %}

with

decisions as (
    select * from {{ ref('follower_decisions') }}
),

thresholds as (
    select * from {{ ref('alert_thresholds') }}
),

alerts as (
    select
        dcs.follower_id,
        thr.alert_kind,
        thr.severity,
        'Flagged for review: ' || coalesce(dcs.flag_reason, 'no reason given') || '.'
            as evidence,
        {{ exact_number('null') }} as value_before,
        {{ exact_number('floor(' ~ days_open ~ ')') }} as value_now,
        thr.threshold,
        dcs.flagged_at as since
    from decisions as dcs
    inner join thresholds as thr
        on
            thr.alert_kind = 'review_flag_open'
            and thr.measure = 'days'
            and {{ days_open }} >= thr.threshold
    where dcs.is_flagged
)

select * from alerts
