with

owners as (
    select * from {{ ref('owner_accounts') }}
),

declared as (
    select * from {{ ref('own_accounts') }}
),

known as (
    select
        follower_id,
        workspace_id,
        platform
    from owners
    union distinct
    select
        {{ natural_key(['workspace_id', 'platform', 'platform_user_id']) }}
            as follower_id,
        workspace_id,
        platform
    from declared
)

select * from known
