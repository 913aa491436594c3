{% set rules = [
    'interaction_points_each', 'interaction_points_most', 'recency_points_most',
    'recency_points_lost_per_day', 'sentiment_points_positive',
    'sentiment_points_neutral', 'sentiment_points_negative',
    'longevity_points_per_day', 'longevity_points_most', 'verification_points',
    'reach_points', 'reach_followers_exceeded', 'score_most',
] %}
{% set days_since_last = fractional_days_between('par.last_at', as_of()) %}
{% set days_since_first = fractional_days_between('par.first_at', as_of()) %}

with

participants as (
    select * from {{ ref('participants') }}
),

score_rules as (
    select * from {{ ref('participant_score_rules') }}
),

vip_rules as (
    select * from {{ ref('vip_rules') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
),

configured as (
    select
        -- a loop that ends the list confuses the rule -- noqa: disable=LT02
        {% for rule in rules -%}
        max(value) filter (where rule = '{{ rule }}') as {{ rule }}{{ ',' if not loop.last }}
        {% endfor %}
    from score_rules
    -- noqa: enable=LT02
),

thresholds as (
    select
        max(threshold) filter (where rule = 'interaction_count') as interaction_count,
        max(threshold) filter (where rule = 'follower_count') as follower_count
    from vip_rules
),

-- each component is an exact number within its bounds, so that they add up to the score
judged as (
    select
        par.*,
        {{ bounded(
            'par.interaction_count * cfg.interaction_points_each',
            'cfg.interaction_points_most'
        ) }} as interaction_points,
        {{ bounded(
            'cfg.recency_points_most - cfg.recency_points_lost_per_day * '
            ~ exact_number(days_since_last),
            'cfg.recency_points_most'
        ) }} as recency_points,
        case par.sentiment_trend
            when 'positive' then cfg.sentiment_points_positive
            when 'neutral' then cfg.sentiment_points_neutral
            when 'negative' then cfg.sentiment_points_negative
            else 0
        end as sentiment_points,
        {{ bounded(
            'cfg.longevity_points_per_day * ' ~ exact_number(days_since_first),
            'cfg.longevity_points_most'
        ) }} as longevity_points,
        case when par.is_verified then cfg.verification_points else 0 end
            as verification_points,
        case
            when par.follower_count > cfg.reach_followers_exceeded
                then cfg.reach_points
            else 0
        end as reach_points,
        cfg.score_most,
        -- the first reason that holds; whoever is blocked has none
        case
            when par.vip_status = 'blocked' then null
            when par.vip_status = 'vip' then 'vip_status'
            when par.interaction_count >= thr.interaction_count
                then 'interaction_count'
            when par.follower_count >= thr.follower_count then 'follower_count'
            when par.is_verified then 'is_verified'
        end as vip_reason
    from participants as par
    cross join configured as cfg
    cross join thresholds as thr
),

profiles as (
    select
        jdg.follower_id as id,
        jdg.workspace_id,
        jdg.platform,
        jdg.platform_user_id,
        jdg.display_name,
        jdg.username,
        jdg.profile_url,
        jdg.vip_status,
        jdg.vip_reason,
        jdg.sentiment_trend,
        jdg.flag_reason,
        jdg.exclusion_reason,
        jdg.interaction_count,
        jdg.total_interaction_count,
        jdg.gross_interaction_count,
        {{ provided_counts('jdg', 'unp') }},
        jdg.thread_count,
        jdg.labelled_count,
        jdg.follower_count,
        -- fractions of days are rounded numbers: by less than a microsecond's points, so
        -- that a sum misses no half
        {{ to_whole_number('least(round(round(jdg.interaction_points'
            ~ ' + jdg.recency_points + jdg.sentiment_points + jdg.longevity_points'
            ~ ' + jdg.verification_points + jdg.reach_points, 11)), jdg.score_most)') }}
            as participant_score,
        {{ trimmed_number('jdg.interaction_points') }} as interaction_points,
        {{ trimmed_number('jdg.recency_points') }} as recency_points,
        {{ trimmed_number('jdg.sentiment_points') }} as sentiment_points,
        {{ trimmed_number('jdg.longevity_points') }} as longevity_points,
        {{ trimmed_number('jdg.verification_points') }} as verification_points,
        {{ trimmed_number('jdg.reach_points') }} as reach_points,
        jdg.is_verified,
        jdg.is_flagged as flagged_for_review,
        jdg.labelled_count < {{ var('sentiment_sufficient_labels') }} as is_insufficient,
        jdg.vip_reason is not null as is_vip,
        jdg.exclusion_reason is null as is_eligible,
        jdg.first_at as first_interaction_at,
        jdg.last_at as last_interaction_at,
        jdg.flagged_at,
        jdg.created_at,
        jdg.updated_at,
        {{ json_object({'actor_kind': 'jdg.actor_kind'}) }} as metadata
    from judged as jdg
    -- left: nothing is known of what some platforms provide
    left join unprovided as unp on jdg.platform = unp.platform
)

select * from profiles
