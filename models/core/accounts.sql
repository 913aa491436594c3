with

profiles as (
    select * from {{ ref('current_profiles') }}
),

totals as (
    select * from {{ ref('follower_totals') }}
),

decisions as (
    select * from {{ ref('follower_decisions') }}
),

accounts as (
    select
        prf.follower_id,
        prf.workspace_id,
        prf.platform,
        prf.platform_user_id,
        prf.username,
        prf.display_name,
        prf.profile_url,
        case
            when dcs.is_erased then 'erased'
            when dcs.is_opted_out then 'opted_out'
            when dcs.is_blocked then 'blocked'
            when dcs.is_declared_bot then 'bot'
            when
                ttl.bot_interaction_count > 0 and dcs.is_declared_human is not true
                then 'bot'
            when dcs.is_staff then 'staff'
        end as exclusion_reason,
        prf.follower_count,
        coalesce(ttl.interaction_count, 0) as interaction_count,
        coalesce(ttl.gross_interaction_count, 0) as gross_interaction_count,
        {{ count_columns('ttl') }},
        {% for type in scored_types() -%}
        ttl.decayed_{{ type }}_count,
        {% endfor -%}
        prf.is_verified,
        ttl.first_at,
        ttl.last_at,
        ttl.first_landed_at
    from profiles as prf
    -- left: an account may only have been described
    left join totals as ttl on prf.follower_id = ttl.follower_id
    -- left: nobody has decided anything about most accounts
    left join decisions as dcs on prf.follower_id = dcs.follower_id
)

select * from accounts
