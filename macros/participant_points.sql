{#- The points of a participant, component by component, and why it is a VIP. -#}

{#- Joins of a participant with its points (`pts`) and with the seeds that say what each is worth
    (`cfg`) and who is a VIP (`thr`): one row. Each component is an exact number within its
    bounds, so that they add up to the score. -#}
{% macro join_points(participant, score_rules, vip_rules) %}
{%- set rules = [
    'interaction_points_each', 'interaction_points_most', 'recency_points_most',
    'recency_points_lost_per_day', 'sentiment_points_positive', 'sentiment_points_neutral',
    'sentiment_points_negative', 'longevity_points_per_day', 'longevity_points_most',
    'verification_points', 'reach_points', 'reach_followers_exceeded', 'score_most',
] %}
cross join (
    select
        {%- for rule in rules %}
        max(value) filter (where rule = '{{ rule }}') as {{ rule }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ score_rules }}
) as cfg
cross join ({{ vip_thresholds(vip_rules) }}) as thr
-- lateral with a limit: planned once, for the participants that an index look-up finds
cross join lateral (
    select
        {{ bounded(
            participant ~ '.interaction_count * cfg.interaction_points_each',
            'cfg.interaction_points_most'
        ) }} as interaction_points,
        {{ bounded(
            'cfg.recency_points_most - cfg.recency_points_lost_per_day * '
            ~ exact_number(fractional_days_between(participant ~ '.last_at', as_of())),
            'cfg.recency_points_most'
        ) }} as recency_points,
        case {{ participant }}.sentiment_trend
            when 'positive' then cfg.sentiment_points_positive
            when 'neutral' then cfg.sentiment_points_neutral
            when 'negative' then cfg.sentiment_points_negative
            else 0
        end as sentiment_points,
        {{ bounded(
            'cfg.longevity_points_per_day * ' ~ exact_number(fractional_days_between(participant ~ '.first_at', as_of())),
            'cfg.longevity_points_most'
        ) }} as longevity_points,
        case when {{ participant }}.is_verified then cfg.verification_points else 0 end
            as verification_points,
        case
            when {{ participant }}.follower_count > cfg.reach_followers_exceeded
                then cfg.reach_points
            else 0
        end as reach_points,
        {{ vip_reason(participant, 'thr') }} as vip_reason
    limit 1  -- one row: what is used several times is planned once
) as pts
{% endmacro %}

{#- The score after `join_points`. Fractions of days are inexact: a sum must not miss a half by a
    hair. -#}
{% macro participant_score() %}
    {{ to_whole_number('least(round(round(pts.interaction_points'
        ~ ' + pts.recency_points + pts.sentiment_points + pts.longevity_points'
        ~ ' + pts.verification_points + pts.reach_points, 11)), cfg.score_most)') }}
{%- endmacro %}

{#- Select of one row: from how many interactions and followers on somebody is a VIP. -#}
{% macro vip_thresholds(vip_rules) %}
    select
        max(threshold) filter (where rule = 'interaction_count') as interaction_count,
        max(threshold) filter (where rule = 'follower_count') as follower_count
    from {{ vip_rules }}
{%- endmacro %}

{#- The first reason that holds; whoever is blocked has none. -#}
{% macro vip_reason(participant, thresholds) %}
    case
        when {{ participant }}.vip_status = 'blocked' then null
        when {{ participant }}.vip_status = 'vip' then 'vip_status'
        when {{ participant }}.interaction_count >= {{ thresholds }}.interaction_count
            then 'interaction_count'
        when {{ participant }}.follower_count >= {{ thresholds }}.follower_count
            then 'follower_count'
        when {{ participant }}.is_verified then 'is_verified'
    end
{%- endmacro %}
