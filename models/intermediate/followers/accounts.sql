-- Without CTEs, so that whoever reads it plans one join: see interactions_in_effect.
select
    prf.follower_id,
    prf.workspace_id,
    prf.platform,
    prf.platform_user_id,
    prf.username,
    prf.display_name,
    prf.profile_url,
    prf.actor_kind,
    exc.exclusion_reason,
    dcs.vip_status,
    dcs.flag_reason,
    prf.follower_count,
    coalesce(ttl.interaction_count, 0) as interaction_count,
    coalesce(ttl.gross_interaction_count, 0) as gross_interaction_count,
    {{ count_columns('ttl') }},
    {% for type in scored_types() -%}
    ttl.decayed_{{ type }}_count,
    {% endfor -%}
    prf.is_verified,
    dcs.is_flagged,
    dcs.flagged_at,
    dcs.last_decided_at,
    ttl.first_at,
    ttl.last_at,
    prf.observed_at,
    ttl.first_landed_at,
    prf.first_landed_at as first_described_at
from {{ ref('current_profiles') }} as prf
-- left: an account may only have been described
left join {{ ref('follower_totals') }} as ttl on prf.follower_id = ttl.follower_id
-- left: nobody has decided anything about most accounts
left join {{ ref('follower_decisions') }} as dcs on prf.follower_id = dcs.follower_id
-- left: most accounts take part in leaderboards
left join {{ ref('excluded_accounts') }} as exc on prf.follower_id = exc.follower_id
