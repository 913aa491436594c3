{% set newest_first =
    'observed_at desc nulls last, run_seq desc, load_id desc, line_no desc' %}

with

profiles as (
    select * from {{ ref('profile_history') }}
),

merged as (
    select
        follower_id,
        workspace_id,
        platform,
        platform_user_id,
        {{ last_known('actor_kind', newest_first) }} as actor_kind,
        {{ last_known('username', newest_first) }} as username,
        {{ last_known('display_name', newest_first) }} as display_name,
        {{ last_known('profile_url', newest_first) }} as profile_url,
        {{ last_known('follower_count', newest_first) }} as follower_count,
        {{ last_known('is_verified', newest_first) }} as is_verified,
        max(observed_at) as observed_at,
        min(received_at) as first_landed_at
    from profiles
    where {{ is_observed('observed_at') }}
    group by follower_id, workspace_id, platform, platform_user_id
)

select * from merged
