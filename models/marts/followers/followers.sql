with

totals as (
    select * from {{ ref('follower_totals_in_effect') }}
),

profiles as (
    select * from {{ ref('current_profiles') }}
),

eligibility as (
    select * from {{ ref('follower_eligibility') }}
),

followers as (
    select
        coalesce(ttl.follower_id, prf.follower_id) as id,
        coalesce(ttl.workspace_id, prf.workspace_id) as workspace_id,
        coalesce(ttl.platform, prf.platform) as platform,
        coalesce(ttl.platform_user_id, prf.platform_user_id) as platform_user_id,
        prf.username,
        prf.display_name,
        prf.profile_url,
        elg.exclusion_reason,
        prf.follower_count,
        prf.is_verified,
        elg.is_eligible,
        ttl.first_at as first_seen,
        ttl.last_at as last_seen,
        ttl.first_landed_at
    from totals as ttl
    -- full: an account may only have acted, or only have been described
    full join profiles as prf on ttl.follower_id = prf.follower_id
    -- inner: eligibility has the same accounts
    inner join eligibility as elg
        on coalesce(ttl.follower_id, prf.follower_id) = elg.follower_id
)

select * from followers
