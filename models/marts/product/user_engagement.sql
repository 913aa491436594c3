{% set since = days_before(as_of(), var('user_engagement_window_days')) %}

with

interactions as (
    select * from {{ ref('product_interactions') }}
),

accounts as (
    select * from {{ ref('accounts') }}
),

counted as (
    select
        follower_id,
        workspace_id,
        platform_user_id,
        {{ product_counts() }},
        count(distinct post_id) as post_count,
        min(created_at) as first_interaction_in_window_at,
        max(created_at) as last_interaction_at
    from interactions
    where
        follower_id is not null
        and created_at > {{ since }}
    group by follower_id, workspace_id, platform_user_id
),

engagement as (
    select
        cnt.follower_id,
        cnt.workspace_id,
        cnt.platform_user_id as user_id,
        acc.exclusion_reason,
        {{ ratio(
            'cnt.click_count + cnt.like_count + cnt.share_count', 'cnt.view_count'
        ) }} as engagement_rate,
        {{ product_count_columns('cnt') }},
        cnt.post_count,
        acc.exclusion_reason is null as is_eligible,
        cnt.first_interaction_in_window_at,
        cnt.last_interaction_at
    from counted as cnt
    -- inner: whoever has done something is an account
    inner join accounts as acc on cnt.follower_id = acc.follower_id
)

select * from engagement
