{% set active_since = days_before(as_of(), var('activity_window_days')) %}
{% set first_date = local_date('acc.first_at', 'stg.time_zone') %}

with

accounts as (
    select * from {{ ref('accounts') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

members as (
    select
        acc.workspace_id,
        acc.platform,
        {{ function('determine_engagement_tier') }}({{ engagement_score('acc') }})
            as engagement_tier,
        acc.last_at > {{ active_since }} as is_active,
        {{ week_of(first_date, 'stg.first_weekday') }} as cohort_week
    from accounts as acc
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on acc.workspace_id = stg.workspace_id
    where acc.exclusion_reason is null and acc.first_at is not null
),

cohorts as (
    select
        workspace_id,
        platform,
        count(*) as follower_count,
        count(*) filter (where is_active) as active_30d,
        count(*) filter (where engagement_tier = 'super_fan') as super_fans,
        cohort_week
    from members
    group by workspace_id, platform, cohort_week
)

select * from cohorts
