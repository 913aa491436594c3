{% set days_quiet = fractional_days_between('prf.last_interaction_at', as_of()) %}
{#- a flag may be set after the instant that is shown -#}
{% set days_open =
    'greatest(' ~ fractional_days_between('prf.flagged_at', as_of()) ~ ', 0)' %}

with

profiles as (
    select * from {{ ref('participant_profiles') }}
),

sentiments as (
    select * from {{ ref('follower_sentiments') }}
),

thresholds as (
    select * from {{ ref('alert_thresholds') }}
),

quiet as (
    select
        prf.id as follower_id,
        thr.alert_kind,
        thr.severity,
        'A VIP (' || prf.vip_reason || ') has done nothing for '
        || floor({{ days_quiet }}) || ' days.' as evidence,
        {{ exact_number('null') }} as value_before,
        {{ exact_number('floor(' ~ days_quiet ~ ')') }} as value_now,
        thr.threshold,
        prf.last_interaction_at as since
    from profiles as prf
    inner join thresholds as thr
        on
            thr.alert_kind = 'vip_quiet'
            and thr.measure = 'days'
            and {{ days_quiet }} >= thr.threshold
    where prf.is_vip
),

negative as (
    select
        prf.id as follower_id,
        thr.alert_kind,
        thr.severity,
        stm.negative_count || ' of the last ' || stm.labelled_count
        || ' labelled interactions are negative.' as evidence,
        {{ exact_number('stm.labelled_count') }} as value_before,
        {{ exact_number('stm.negative_count') }} as value_now,
        thr.threshold,
        prf.last_interaction_at as since
    from profiles as prf
    -- inner: a trend is made of these labels
    inner join sentiments as stm on prf.id = stm.follower_id
    inner join thresholds as thr
        on
            thr.alert_kind = 'negative_trend'
            and thr.measure = 'labels'
            and stm.labelled_count >= thr.threshold
    where prf.sentiment_trend = 'negative'
),

flagged as (
    select
        prf.id as follower_id,
        thr.alert_kind,
        thr.severity,
        'Flagged for review: ' || coalesce(prf.flag_reason, 'no reason given') || '.'
            as evidence,
        {{ exact_number('null') }} as value_before,
        {{ exact_number('floor(' ~ days_open ~ ')') }} as value_now,
        thr.threshold,
        prf.flagged_at as since
    from profiles as prf
    inner join thresholds as thr
        on
            thr.alert_kind = 'review_flag_open'
            and thr.measure = 'days'
            and {{ days_open }} >= thr.threshold
    where prf.flagged_for_review
),

alerts as (
    select * from quiet
    union all
    select * from negative
    union all
    select * from flagged
)

select * from alerts
