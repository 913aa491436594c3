{% set majority = var('sentiment_majority') %}

-- Without CTEs, so that whoever reads it plans one join: see interactions_in_effect.
select
    acc.follower_id,
    acc.workspace_id,
    acc.platform,
    acc.platform_user_id,
    acc.username,
    acc.display_name,
    acc.profile_url,
    acc.actor_kind,
    acc.exclusion_reason,
    coalesce(acc.vip_status, 'normal') as vip_status,
    case
        when coalesce(stm.labelled_count, 0) = 0 then null
        when stm.negative_count >= {{ majority }} * stm.labelled_count
            then 'negative'
        when stm.positive_count >= {{ majority }} * stm.labelled_count
            then 'positive'
        else 'neutral'
    end as sentiment_trend,
    acc.flag_reason,
    {{ participation_count('acc', 'typ') }} as interaction_count,
    acc.interaction_count as total_interaction_count,
    acc.gross_interaction_count,
    {{ count_columns('acc') }},
    coalesce(thr.thread_count, 0) as thread_count,
    coalesce(stm.labelled_count, 0) as labelled_count,
    acc.follower_count,
    acc.is_verified,
    coalesce(acc.is_flagged, false) as is_flagged,
    acc.flagged_at,
    acc.first_at,
    acc.last_at,
    least(acc.first_landed_at, acc.first_described_at) as created_at,
    greatest(acc.last_at, acc.observed_at, acc.last_decided_at) as updated_at
from {{ ref('accounts') }} as acc
-- left: what has only been described has done nothing
left join {{ ref('follower_sentiments') }} as stm on acc.follower_id = stm.follower_id
-- left: most platforms have no threads -- noqa: disable=ST05
left join (
    select
        follower_id,
        count(*) as thread_count
    from {{ ref('follower_thread_totals') }}
    where interaction_count > 0
    group by follower_id
) as thr on acc.follower_id = thr.follower_id
cross join {{ ref('participation_types') }} as typ
