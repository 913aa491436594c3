{% set window = var('activity_window_days') %}

with

recent as (
    select * from {{ ref('follower_recent_activity') }}
),

thresholds as (
    select * from {{ ref('alert_thresholds') }}
),

tier_alerts as (
    select * from {{ ref('tier_alerts') }}
),

vip_alerts as (
    select * from {{ ref('vip_alerts') }}
),

sentiment_alerts as (
    select * from {{ ref('sentiment_alerts') }}
),

review_alerts as (
    select * from {{ ref('review_alerts') }}
),

accounts as (
    select * from {{ ref('accounts') }}
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

raised as (
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
    union all
    select * from tier_alerts
    union all
    select * from vip_alerts
    union all
    select * from sentiment_alerts
    union all
    select * from review_alerts
),

alerts as (
    select
        acc.follower_id,
        acc.workspace_id,
        acc.platform,
        {{ shown_name('acc') }} as username,
        rsd.alert_kind,
        rsd.severity,
        rsd.evidence,
        rsd.value_before,
        rsd.value_now,
        rsd.threshold,
        rsd.since
    from raised as rsd
    -- inner: every follower of an alert is an account
    inner join accounts as acc on rsd.follower_id = acc.follower_id
    -- who is excluded from leaderboards raises no alert but that of a review
    where
        acc.exclusion_reason is null
        or (rsd.alert_kind = 'review_flag_open' and not {{ is_hidden('acc') }})
)

select * from alerts
-- the pressing ones first, also without an order of the reader's own
order by workspace_id asc, severity desc, since desc, follower_id asc, alert_kind asc
