{% set window = var('activity_window_days') %}
{% set since = days_before(as_of(), window) %}
{% set before = days_before(as_of(), 2 * window) %}

with

interactions as (
    select * from {{ ref('interactions_in_effect') }}
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

scored as (
    select
        follower_id,
        {{ engagement_score_between(before, since) }} as score_before,
        {{ engagement_score_between(since, as_of()) }} as score_now
    from interactions
    where
        sign > 0
        and follower_id is not null
        and occurred_at > {{ before }}
        and occurred_at <= {{ as_of() }}
    group by follower_id
),

alerts as (
    select
        scr.follower_id,
        'score_dropped' as alert_kind,
        rul.severity,
        'The score of {{ window }} days fell from ' || scr.score_before || ' to '
        || scr.score_now || '.' as evidence,
        scr.score_before as value_before,
        scr.score_now as value_now,
        rul.relative_drop as threshold,
        {{ since }} as since
    from scored as scr
    inner join rules as rul
        on
            scr.score_before - scr.score_now >= rul.absolute_drop
            and scr.score_before - scr.score_now
            >= scr.score_before * rul.relative_drop
    where scr.score_before > scr.score_now
)

select * from alerts
