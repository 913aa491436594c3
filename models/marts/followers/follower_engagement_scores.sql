{% set windows = var('score_window_days') %}
{% set since = days_before(as_of(), var('activity_window_days')) %}

with

accounts as (
    select * from {{ ref('accounts') }}
),

recent as (
    select * from {{ ref('follower_recent_activity') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
),

scored as (
    select
        acc.follower_id,
        acc.workspace_id,
        acc.platform,
        {{ shown_name('acc') }} as username,
        acc.exclusion_reason,
        {{ engagement_score('acc') }} as engagement_score,
        {{ function('calculate_decayed_score') }}(
            {% for type in scored_types() -%}
            acc.decayed_{{ type }}_count,
            {% endfor -%}
            {{ as_of() }}
        ) as decayed_score,
        {% for days in windows -%}
        coalesce(rct.score_{{ days }}d, 0) as score_{{ days }}d,
        {% endfor -%}
        acc.interaction_count,
        acc.gross_interaction_count,
        {{ provided_counts('acc', 'unp') }},
        acc.exclusion_reason is null as is_eligible,
        coalesce(rct.is_active_now, false) as is_active_now,
        coalesce(rct.is_active_before, false) as is_active_before,
        acc.first_at as first_seen,
        acc.last_at as last_seen,
        acc.first_landed_at
    from accounts as acc
    -- left: not every account has done something lately
    left join recent as rct on acc.follower_id = rct.follower_id
    -- left: nothing is known of what some platforms provide
    left join unprovided as unp on acc.platform = unp.platform
),

scores as (
    select
        scr.follower_id,
        scr.workspace_id,
        scr.platform,
        scr.username,
        {{ function('determine_engagement_tier') }}(scr.engagement_score)
            as engagement_tier,
        {% call activity_state(
            'scr.first_seen > ' ~ since, 'scr.is_active_now', 'scr.is_active_before'
        ) -%}
        scr.is_active_before
        {%- endcall %} as activity_state,
        scr.exclusion_reason,
        scr.engagement_score,
        scr.decayed_score,
        {% for days in windows -%}
        scr.score_{{ days }}d,
        {% endfor -%}
        scr.interaction_count,
        scr.gross_interaction_count,
        {{ count_columns('scr') }},
        scr.is_eligible,
        scr.first_seen,
        scr.last_seen,
        scr.first_landed_at
    from scored as scr
)

select * from scores
