with

sentiments as (
    select * from {{ ref('follower_sentiments') }}
),

totals as (
    select * from {{ ref('follower_totals') }}
),

thresholds as (
    select * from {{ ref('alert_thresholds') }}
),

alerts as (
    select
        stm.follower_id,
        thr.alert_kind,
        thr.severity,
        stm.negative_count || ' of the last ' || stm.labelled_count
        || ' labelled interactions are negative.' as evidence,
        {{ exact_number('null') }} as value_before,
        {{ exact_number('stm.negative_count') }} as value_now,
        thr.threshold,
        ttl.last_at as since
    from sentiments as stm
    inner join thresholds as thr
        on
            thr.alert_kind = 'negative_trend'
            and thr.measure = 'labels'
            and stm.labelled_count >= thr.threshold
    -- left: what is labelled may all have been taken back since
    left join totals as ttl on stm.follower_id = ttl.follower_id
    where {{ sentiment_trend('stm') }} = 'negative'
)

select * from alerts
