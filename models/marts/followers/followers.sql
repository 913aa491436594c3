with

accounts as (
    select * from {{ ref('accounts') }}
),

followers as (
    select
        follower_id as id,
        workspace_id,
        platform,
        platform_user_id,
        username,
        display_name,
        profile_url,
        exclusion_reason,
        follower_count,
        is_verified,
        exclusion_reason is null as is_eligible,
        first_at as first_seen,
        last_at as last_seen,
        first_landed_at
    from accounts
)

select * from followers
