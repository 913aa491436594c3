-- Without CTEs, so that one question plans one join: see interactions_in_effect.
select
    par.follower_id as id,
    par.workspace_id,
    par.platform,
    par.platform_user_id,
    par.display_name,
    par.username,
    par.profile_url,
    par.vip_status,
    pts.vip_reason,
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
    {{ participant_score() }} as participant_score,
    {{ trimmed_number('pts.interaction_points') }} as interaction_points,
    {{ trimmed_number('pts.recency_points') }} as recency_points,
    {{ trimmed_number('pts.sentiment_points') }} as sentiment_points,
    {{ trimmed_number('pts.longevity_points') }} as longevity_points,
    {{ trimmed_number('pts.verification_points') }} as verification_points,
    {{ trimmed_number('pts.reach_points') }} as reach_points,
    par.is_verified,
    par.is_flagged as flagged_for_review,
    par.labelled_count < {{ var('sentiment_sufficient_labels') }}
        as is_insufficient,
    pts.vip_reason is not null as is_vip,
    par.exclusion_reason is null as is_eligible,
    par.first_at as first_interaction_at,
    par.last_at as last_interaction_at,
    par.flagged_at,
    par.created_at,
    par.updated_at,
    {{ json_object({'actor_kind': 'par.actor_kind'}) }} as metadata
from {{ ref('participants') }} as par
{{ join_points('par', ref('participant_score_rules'), ref('vip_rules')) }}
-- left: nothing is known of what some platforms provide
left join {{ ref('unprovided_metrics') }} as unp on par.platform = unp.platform
