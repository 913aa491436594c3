-- Without CTEs, so that a page of it is read by index: see interactions_in_effect.
select
    itr.interaction_id,
    itr.follower_id,
    itr.content_id,
    itr.post_id,
    itr.workspace_id,
    itr.platform,
    {{ shown_name('prf') }} as username,
    itr.interaction_type,
    itr.interaction_value,
    itr.occurred_at,
    itr.received_at
from {{ ref('follower_interactions') }} as itr
-- left: not every account has been described
left join {{ ref('current_profiles') }} as prf on itr.follower_id = prf.follower_id
