{% set window = var('activity_window_days') %}

with

recent as (
    select * from {{ ref('follower_recent_activity') }}
),

thresholds as (
    select * from {{ ref('alert_thresholds') }}
),

-- both rows have to be there
rules as (
    select
        max(severity) as severity,
        max(threshold) filter (where measure = 'relative_drop') as relative_drop,
        max(threshold) filter (where measure = 'absolute_drop') as absolute_drop
    from thresholds
    where alert_kind = 'score_dropped'
),

alerts as (
    select
        rct.follower_id,
        'score_dropped' as alert_kind,
        rul.severity,
        'The score of {{ window }} days fell from '
        || {{ number_text('rct.score_before') }} || ' to '
        || {{ number_text('rct.score_now') }} || '.' as evidence,
        rct.score_before as value_before,
        rct.score_now as value_now,
        rul.relative_drop as threshold,
        {{ days_before(as_of(), window) }} as since
    from recent as rct
    inner join rules as rul
        on
            rct.score_before - rct.score_now >= rul.absolute_drop
            and rct.score_before - rct.score_now
            >= rct.score_before * rul.relative_drop
    where rct.score_before > rct.score_now
)

select * from alerts
