{% set windows = var('score_window_days') %}
{% set active_since = days_before(as_of(), var('activity_window_days')) %}

with

followers as (
    select * from {{ ref('followers') }}
),

totals as (
    select * from {{ ref('follower_totals_in_effect') }}
),

recent as (
    select * from {{ ref('follower_recent_activity') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
),

scored as (
    select
        flw.id as follower_id,
        flw.workspace_id,
        flw.platform,
        coalesce(flw.username, flw.display_name) as username,
        flw.exclusion_reason,
        {{ engagement_score('ttl') }} as engagement_score,
        {% for days in windows -%}
        coalesce(rct.score_{{ days }}d, 0) as score_{{ days }}d,
        {% endfor -%}
        coalesce(ttl.interaction_count, 0) as interaction_count,
        coalesce(ttl.gross_interaction_count, 0) as gross_interaction_count,
        {{ provided_counts('ttl', 'unp') }},
        flw.is_eligible,
        coalesce(rct.is_active_now, false) as is_active_now,
        coalesce(rct.is_active_before, false) as is_active_before,
        flw.first_seen,
        flw.last_seen,
        flw.first_landed_at
    from followers as flw
    -- left: a described account may not have done anything, or nothing lately
    left join totals as ttl on flw.id = ttl.follower_id
    left join recent as rct on flw.id = rct.follower_id
    -- left: nothing is known of what some platforms provide
    left join unprovided as unp on flw.platform = unp.platform
),

scores as (
    select
        scr.follower_id,
        scr.workspace_id,
        scr.platform,
        scr.username,
        {{ function('determine_engagement_tier') }}(scr.engagement_score)
            as engagement_tier,
        case
            when scr.is_active_now and scr.first_seen > {{ active_since }} then 'new'
            when scr.is_active_now and scr.is_active_before then 'returning'
            when scr.is_active_now then 'resurrected'
            when scr.is_active_before then 'at_risk'
            else 'dormant'
        end as activity_state,
        scr.exclusion_reason,
        scr.engagement_score,
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
