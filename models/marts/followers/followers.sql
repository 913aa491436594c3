-- Without CTEs, so that a page of it is read by index: see interactions_in_effect.
select
    acc.follower_id as id,
    acc.workspace_id,
    acc.platform,
    acc.platform_user_id,
    acc.username,
    acc.display_name,
    acc.profile_url,
    acc.exclusion_reason,
    acc.follower_count,
    acc.is_verified,
    acc.exclusion_reason is null as is_eligible,
    acc.first_at as first_seen,
    acc.last_at as last_seen,
    acc.first_landed_at
from {{ ref('accounts') }} as acc
