with

score_alerts as (
    select * from {{ ref('score_alerts') }}
),

participant_alerts as (
    select * from {{ ref('participant_alerts') }}
),

tier_alerts as (
    select * from {{ ref('tier_alerts') }}
),

accounts as (
    select * from {{ ref('accounts') }}
),

raised as (
    select * from score_alerts
    union all
    select * from participant_alerts
    union all
    select * from tier_alerts
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
    where acc.exclusion_reason is null or rsd.alert_kind = 'review_flag_open'
)

select * from alerts
-- the pressing ones first, also without an order of the reader's own
order by workspace_id asc, severity desc, since desc, follower_id asc, alert_kind asc
