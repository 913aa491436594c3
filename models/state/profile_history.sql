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

keyed as (
    select
        *,
        {{ fingerprint([
            'follower_id', 'actor_kind', 'username', 'display_name', 'profile_url',
            'follower_count', 'is_verified', 'coalesce(observed_at, received_at)',
        ]) }} as observation_id
    from profiles
),

numbered as (
    select
        *,
        row_number() over (
            partition by observation_id
            order by run_seq desc, load_id desc, line_no desc
        ) as newest_first
    from keyed
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
    from numbered
    where newest_first = 1
)

select * from observations
