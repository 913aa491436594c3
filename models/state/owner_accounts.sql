{{
    config(
        incremental_strategy='keyed',
        unique_key=['follower_id'],
        meta={'delete_when_null': 'workspace_id'},
    )
}}

with

posts as (
    select * from {{ ref('stg_posts') }}
    where {{ is_in_unconsumed_load('load_id') }}
),

owners as (
    select distinct
        owner_id as follower_id,
        workspace_id,
        platform,
        platform_owner_id as platform_user_id
    from posts
    where owner_id is not null
)

select * from owners
