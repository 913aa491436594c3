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

-- one look at every participant, whatever may be said of it
measured as (
    select
        prf.id as follower_id,
        case prf.vip_reason
            when 'vip_status' then 'declared'
            when 'interaction_count' then 'many interactions'
            when 'follower_count' then 'many followers'
            when 'is_verified' then 'verified'
        end as vip_words,
        prf.flag_reason,
        stm.labelled_count,
        stm.negative_count,
        prf.is_vip,
        prf.sentiment_trend = 'negative' as is_negative,
        prf.flagged_for_review as is_flagged,
        {{ days_quiet }} as days_quiet,
        {{ days_open }} as days_open,
        prf.last_interaction_at,
        prf.flagged_at
    from profiles as prf
    -- left: what has only been described has no labels
    left join sentiments as stm on prf.id = stm.follower_id
    where prf.is_vip or prf.sentiment_trend = 'negative' or prf.flagged_for_review
),

alerts as (
    select
        msr.follower_id,
        thr.alert_kind,
        thr.severity,
        case thr.alert_kind
            when 'vip_quiet'
                then
                    'A VIP (' || msr.vip_words || ') has done nothing for '
                    || floor(msr.days_quiet) || ' days.'
            when 'negative_trend'
                then
                    msr.negative_count || ' of the last ' || msr.labelled_count
                    || ' labelled interactions are negative.'
            when 'review_flag_open'
                then
                    'Flagged for review: '
                    || coalesce(msr.flag_reason, 'no reason given') || '.'
        end as evidence,
        {{ exact_number('null') }} as value_before,
        {{ exact_number("case thr.alert_kind
            when 'vip_quiet' then floor(msr.days_quiet)
            when 'negative_trend' then msr.negative_count
            when 'review_flag_open' then floor(msr.days_open)
        end") }} as value_now,
        thr.threshold,
        case thr.alert_kind
            when 'review_flag_open' then msr.flagged_at
            else msr.last_interaction_at
        end as since
    from measured as msr
    inner join thresholds as thr
        on
            (
                thr.alert_kind = 'vip_quiet'
                and thr.measure = 'days'
                and msr.is_vip
                and msr.days_quiet >= thr.threshold
            )
            or (
                thr.alert_kind = 'negative_trend'
                and thr.measure = 'labels'
                and msr.is_negative
                and msr.labelled_count >= thr.threshold
            )
            or (
                thr.alert_kind = 'review_flag_open'
                and thr.measure = 'days'
                and msr.is_flagged
                and msr.days_open >= thr.threshold
            )
)

select * from alerts
