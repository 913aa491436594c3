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
    coalesce(dcs.vip_status, 'normal') as vip_status,
    {{ sentiment_trend('stm') }} as sentiment_trend,
    dcs.flag_reason,
    {{ participation_count('ttl', 'typ') }} as interaction_count,
    coalesce(ttl.interaction_count, 0) as total_interaction_count,
    coalesce(ttl.gross_interaction_count, 0) as gross_interaction_count,
    {{ count_columns('ttl') }},
    coalesce(thr.thread_count, 0) as thread_count,
    coalesce(stm.labelled_count, 0) as labelled_count,
    prf.follower_count,
    prf.is_verified,
    coalesce(dcs.is_flagged, false) as is_flagged,
    dcs.flagged_at,
    ttl.first_at,
    ttl.last_at,
    least(ttl.first_landed_at, prf.first_landed_at) as created_at,
    greatest(ttl.last_at, prf.observed_at, dcs.last_decided_at) as updated_at
from {{ ref('current_profiles') }} as prf
-- left: an account may only have been described
left join {{ ref('follower_totals') }} as ttl on prf.follower_id = ttl.follower_id
-- left: nobody has decided anything about most accounts
left join {{ ref('follower_decisions') }} as dcs on prf.follower_id = dcs.follower_id
-- left: most accounts take part in leaderboards
left join {{ ref('excluded_accounts') }} as exc on prf.follower_id = exc.follower_id
-- left: what has only been described has done nothing
left join {{ ref('follower_sentiments') }} as stm on prf.follower_id = stm.follower_id
-- left: most platforms have no threads
left join (  -- noqa: ST05
    select
        follower_id,
        count(*) as thread_count
    from {{ ref('follower_thread_totals') }}
    where interaction_count > 0
    group by follower_id
) as thr on prf.follower_id = thr.follower_id
cross join {{ ref('participation_types') }} as typ
