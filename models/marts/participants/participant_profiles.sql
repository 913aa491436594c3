{% set rules = [
    'interaction_points_each', 'interaction_points_most', 'recency_points_most',
    'recency_points_lost_per_day', 'sentiment_points_positive',
    'sentiment_points_neutral', 'sentiment_points_negative',
    'longevity_points_per_day', 'longevity_points_most', 'verification_points',
    'reach_points', 'reach_followers_exceeded', 'score_most',
] %}
{% set days_since_last = fractional_days_between('par.last_at', as_of()) %}
{% set days_since_first = fractional_days_between('par.first_at', as_of()) %}

-- Without CTEs, so that one question plans one join: see interactions_in_effect.
-- noqa: disable=ST05
select
    par.follower_id as id,
    par.workspace_id,
    par.platform,
    par.platform_user_id,
    par.display_name,
    par.username,
    par.profile_url,
    par.vip_status,
    jdg.vip_reason,
    par.sentiment_trend,
    par.flag_reason,
    par.exclusion_reason,
    par.interaction_count,
    par.total_interaction_count,
    par.gross_interaction_count,
    {{ provided_counts('par', 'unp') }},
    par.thread_count,
    par.labelled_count,
    par.follower_count,
    -- fractions of days are inexact: a sum must not miss a half by a hair
    {{ to_whole_number('least(round(round(jdg.interaction_points'
        ~ ' + jdg.recency_points + jdg.sentiment_points + jdg.longevity_points'
        ~ ' + jdg.verification_points + jdg.reach_points, 11)), cfg.score_most)') }}
        as participant_score,
    {{ trimmed_number('jdg.interaction_points') }} as interaction_points,
    {{ trimmed_number('jdg.recency_points') }} as recency_points,
    {{ trimmed_number('jdg.sentiment_points') }} as sentiment_points,
    {{ trimmed_number('jdg.longevity_points') }} as longevity_points,
    {{ trimmed_number('jdg.verification_points') }} as verification_points,
    {{ trimmed_number('jdg.reach_points') }} as reach_points,
    par.is_verified,
    par.is_flagged as flagged_for_review,
    par.labelled_count < {{ var('sentiment_sufficient_labels') }}
        as is_insufficient,
    jdg.vip_reason is not null as is_vip,
    par.exclusion_reason is null as is_eligible,
    par.first_at as first_interaction_at,
    par.last_at as last_interaction_at,
    par.flagged_at,
    par.created_at,
    par.updated_at,
    {{ json_object({'actor_kind': 'par.actor_kind'}) }} as metadata
from {{ ref('participants') }} as par
-- a loop that ends the list confuses the rule -- noqa: disable=LT02
cross join
    lateral (
        select
            {% for rule in rules -%}
            max(value) filter (where rule = '{{ rule }}')
                as {{ rule }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ ref('participant_score_rules') }}
    ) as cfg
-- noqa: enable=LT02
cross join
    lateral (
        select
            max(threshold) filter (where rule = 'interaction_count')
                as interaction_count,
            max(threshold) filter (where rule = 'follower_count') as follower_count
        from {{ ref('vip_rules') }}
    ) as thr
-- each component is an exact number within its bounds, so that they add up to the score
cross join
    lateral (
        select
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
            -- the first reason that holds; whoever is blocked has none
            case
                when par.vip_status = 'blocked' then null
                when par.vip_status = 'vip' then 'vip_status'
                when par.interaction_count >= thr.interaction_count
                    then 'interaction_count'
                when par.follower_count >= thr.follower_count then 'follower_count'
                when par.is_verified then 'is_verified'
            end as vip_reason
        limit 1  -- there is one: what is used twice is planned once -- noqa: AM09
    ) as jdg
-- left: nothing is known of what some platforms provide
left join {{ ref('unprovided_metrics') }} as unp on par.platform = unp.platform
