{% set majority = var('sentiment_majority') %}

with

accounts as (
    select * from {{ ref('accounts') }}
),

profiles as (
    select * from {{ ref('current_profiles') }}
),

decisions as (
    select * from {{ ref('follower_decisions') }}
),

sentiments as (
    select * from {{ ref('follower_sentiments') }}
),

threads as (
    select * from {{ ref('follower_thread_totals') }}
),

counted_types as (
    select * from {{ ref('participation_types') }}
),

thread_counts as (
    select
        follower_id,
        count(*) as thread_count
    from threads
    where interaction_count > 0
    group by follower_id
),

participants as (
    select
        acc.follower_id,
        acc.workspace_id,
        acc.platform,
        acc.platform_user_id,
        acc.username,
        acc.display_name,
        acc.profile_url,
        prf.actor_kind,
        acc.exclusion_reason,
        coalesce(dcs.vip_status, 'normal') as vip_status,
        case
            when coalesce(stm.labelled_count, 0) = 0 then null
            when stm.negative_count >= {{ majority }} * stm.labelled_count
                then 'negative'
            when stm.positive_count >= {{ majority }} * stm.labelled_count
                then 'positive'
            else 'neutral'
        end as sentiment_trend,
        dcs.flag_reason,
        {{ participation_count('acc', 'typ') }} as interaction_count,
        acc.interaction_count as total_interaction_count,
        acc.gross_interaction_count,
        {{ count_columns('acc') }},
        coalesce(thr.thread_count, 0) as thread_count,
        coalesce(stm.labelled_count, 0) as labelled_count,
        acc.follower_count,
        acc.is_verified,
        coalesce(dcs.is_flagged, false) as is_flagged,
        dcs.flagged_at,
        acc.first_at,
        acc.last_at,
        least(acc.first_landed_at, prf.first_landed_at) as created_at,
        greatest(acc.last_at, prf.observed_at, dcs.last_decided_at) as updated_at
    from accounts as acc
    -- left: what has only acted has not been described
    left join profiles as prf on acc.follower_id = prf.follower_id
    -- left: nobody has decided anything about most accounts
    left join decisions as dcs on acc.follower_id = dcs.follower_id
    -- left: what has only been described has done nothing
    left join sentiments as stm on acc.follower_id = stm.follower_id
    left join thread_counts as thr on acc.follower_id = thr.follower_id
    cross join counted_types as typ
)

select * from participants
