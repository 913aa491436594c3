{% set days_ago = fractional_days_between('ldg.effective_at', as_of()) %}

with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

totals as (
    select * from {{ ref('follower_totals') }}
),

thresholds as (
    select * from {{ ref('alert_thresholds') }}
),

earliest as (
    select {{ days_before(as_of(), 'max(threshold)') }} as since
    from thresholds
    where alert_kind in ('super_fan_gained', 'super_fan_lost') and measure = 'days'
),

-- what took effect lately, posts and reversals: the score has changed by so much
changes as (
    select
        thr.alert_kind,
        thr.severity,
        thr.threshold,
        ldg.follower_id,
        {{ sums_per_type('ldg.sign') }},
        min(ldg.effective_at) as first_effective_at
    from ledger as ldg
    inner join thresholds as thr
        on
            thr.alert_kind in ('super_fan_gained', 'super_fan_lost')
            and thr.measure = 'days'
            and {{ days_ago }} < thr.threshold
    where
        ldg.follower_id is not null
        -- by two indexes, with both ends of the span: most take effect as they occur
        and (
            (
                ldg.occurred_at > (select ear.since from earliest as ear)
                and ldg.occurred_at <= {{ as_of() }}
            )
            or (
                ldg.effective_at > (select ear.since from earliest as ear)
                and ldg.effective_at <= {{ as_of() }}
                and ldg.effective_at is distinct from ldg.occurred_at
            )
        )
        and ldg.effective_at is not null and {{ is_in_effect('ldg', as_of()) }}
    group by thr.alert_kind, thr.severity, thr.threshold, ldg.follower_id
),

scored as (
    select
        chg.follower_id,
        chg.alert_kind,
        chg.severity,
        chg.threshold,
        coalesce({{ engagement_score('ttl') }}, 0) as score_now,
        coalesce({{ engagement_score('ttl') }}, 0) - {{ engagement_score('chg') }}
            as score_before,
        chg.first_effective_at
    from changes as chg
    -- left: nothing may be left
    left join totals as ttl on chg.follower_id = ttl.follower_id
),

tiered as (
    select
        *,
        {{ function('determine_engagement_tier') }}(score_now) = 'super_fan' as is_now,
        {{ function('determine_engagement_tier') }}(score_before) = 'super_fan'
            as was_before
    from scored
),

alerts as (
    select
        follower_id,
        alert_kind,
        severity,
        case alert_kind
            when 'super_fan_gained' then 'Became a super fan'
            else 'Is no super fan any more'
        end || ': the score went from ' || {{ number_text('score_before') }}
        || ' to ' || {{ number_text('score_now') }} || '.' as evidence,
        score_before as value_before,
        score_now as value_now,
        threshold,
        first_effective_at as since
    from tiered
    where
        (alert_kind = 'super_fan_gained' and is_now and not was_before)
        or (alert_kind = 'super_fan_lost' and was_before and not is_now)
)

select * from alerts
