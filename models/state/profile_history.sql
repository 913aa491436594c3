{{
    config(
        incremental_strategy='merge',
        unique_key='observation_id',
        indexes=[{'columns': ['follower_id']}],
    )
}}

with

profiles as (
    select *
    from {{ ref('stg_profiles') }}
    where {{ is_in_unconsumed_load('load_id') }}
),

observations as (
    select
        observation_id,
        follower_id,
        workspace_id,
        platform,
        platform_user_id,
        actor_kind,
        username,
        display_name,
        profile_url,
        follower_count,
        load_id,
        line_no,
        run_seq,
        is_verified,
        observed_at,
        received_at
    from ({{ newest_of('profiles', 'observation_id') }}) as newest
)

select * from observations
