{% set attributes = [
    'username', 'display_name', 'profile_url', 'follower_count', 'is_verified'
] %}

with

observations as (
    select * from {{ ref('profile_history') }}
),

-- an observation says some of it; what it leaves out is as it was before
known as (
    select
        follower_id,
        workspace_id,
        platform,
        platform_user_id,
        {% for attribute in attributes -%}
        {{ first_known_over(attribute, 'so_far') }} as {{ attribute }},
        {% endfor -%}
        row_number() over newest_first as place,
        observed_at,
        received_at
    from observations
    where {{ is_observed('observed_at', as_of()) }}
    window
        newest_first as (
            partition by follower_id
            order by
                observed_at desc nulls last,
                run_seq desc,
                load_id desc,
                line_no desc
        ),
        so_far as (newest_first rows between current row and unbounded following)
),

compared as (
    select
        *,
        {{ fingerprint(attributes) }} is distinct from lag({{ fingerprint(attributes) }})
            over (partition by follower_id order by place desc) as is_changed
    from known
),

versions as (
    select
        follower_id as participant_id,
        workspace_id,
        platform,
        platform_user_id,
        username,
        display_name,
        profile_url,
        row_number() over (partition by follower_id order by place desc) as version_no,
        follower_count,
        is_verified,
        lag(follower_id) over progressed is null as is_current,
        observed_at as valid_from,
        lag(observed_at) over progressed as valid_to,
        received_at
    from compared
    where is_changed
    window progressed as (partition by follower_id order by place asc)
)

select * from versions
