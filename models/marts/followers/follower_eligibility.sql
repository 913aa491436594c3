with

accounts as (
    select * from {{ ref('accounts') }}
),

eligibility as (
    select
        follower_id,
        workspace_id,
        platform,
        exclusion_reason,
        exclusion_reason is null as is_eligible
    from accounts
)

select * from eligibility
