{% set attributes = [
    'username', 'display_name', 'profile_url', 'follower_count', 'is_verified'
] %}
{% set of_follower %}
            partition by follower_id
            order by
                coalesce(observed_at, received_at) desc nulls last,
                {{ greater_text('username') }},
                {{ greater_text('display_name') }},
                follower_count desc nulls last,
                {{ greater_text('profile_url') }},
                is_verified desc nulls last
{% endset %}

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
        newest_first as ({{ of_follower }}),
        so_far as ({{ of_follower }} rows between current row and unbounded following)
),

fingerprinted as (
    select
        *,
        {{ fingerprint(attributes) }} as state
    from known
),

compared as (
    select
        *,
        (state is distinct from lag(state) over progressed) as is_changed
    from fingerprinted
    window progressed as (partition by follower_id order by place desc)
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
