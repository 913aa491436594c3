{% set windows = var('score_window_days') %}

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
        flw.username,
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
        follower_id,
        workspace_id,
        platform,
        username,
        {{ function('determine_engagement_tier') }}(engagement_score) as engagement_tier,
        case
            when is_active_now and first_seen > {{ days_before(as_of(), var('activity_window_days')) }} then 'new'
            when is_active_now and is_active_before then 'returning'
            when is_active_now then 'resurrected'
            when is_active_before then 'at_risk'
            else 'dormant'
        end as activity_state,
        exclusion_reason,
        engagement_score,
        {% for days in windows -%}
        score_{{ days }}d,
        {% endfor -%}
        interaction_count,
        gross_interaction_count,
        {{ count_columns('scored') }},
        is_eligible,
        first_seen,
        last_seen,
        first_landed_at
    from scored
)

select * from scores
