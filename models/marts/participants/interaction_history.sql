-- Without CTEs and without an order, so that the newest are read by index: see
-- interactions_in_effect.
select
    itr.interaction_id,
    itr.follower_id as participant_id,
    itr.post_id,
    itr.thread_id,
    itr.parent_id,
    itr.workspace_id,
    itr.platform,
    {{ shown_name('prf') }} as username,
    itr.interaction_type,
    itr.native_type,
    itr.native_kind,
    itr.text,
    itr.sentiment,
    itr.sentiment_labeler,
    pst.title as post_title,
    pst.url as post_url,
    coalesce(typ.counts_as_participation, false) as is_participation,
    coalesce(pst.is_removed, false) as is_post_removed,
    itr.occurred_at,
    itr.received_at
from {{ ref('labelled_interactions') }} as itr
-- left: not every account, nor every post, has been described
left join {{ ref('current_profiles') }} as prf on itr.follower_id = prf.follower_id
left join {{ ref('current_posts') }} as pst on itr.post_id = pst.post_id
-- left: a word that is not mapped has no type
left join {{ ref('interaction_types') }} as typ
    on itr.interaction_type = typ.interaction_type
