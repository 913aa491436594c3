{% set since = days_before(as_of(), var('top_posts_window_days')) %}

with

interactions as (
    select * from {{ ref('product_interactions') }}
),

posts as (
    select * from {{ ref('current_posts') }}
),

counted as (
    select
        post_id,
        workspace_id,
        platform_post_id,
        {{ product_counts() }},
        count(distinct follower_id) as user_count,
        max(created_at) as last_interaction_at
    from interactions
    where
        post_id is not null
        and created_at > {{ since }}
    group by post_id, workspace_id, platform_post_id
),

scored as (
    select
        cnt.post_id as post_key,
        cnt.workspace_id,
        cnt.platform_post_id as post_id,
        pst.title,
        pst.url,
        cnt.view_count + cnt.click_count + cnt.like_count as engagement_count,
        {{ engagement_score('cnt') }} as weighted_engagement,
        {{ product_count_columns('cnt') }},
        cnt.user_count,
        cnt.last_interaction_at
    from counted as cnt
    -- left: the tracking API describes no posts
    left join posts as pst on cnt.post_id = pst.post_id
    where pst.is_removed is not true
),

ranked as (
    select
        scr.post_key,
        scr.workspace_id,
        scr.post_id,
        scr.title,
        scr.url,
        row_number() over (
            partition by scr.workspace_id
            order by
                scr.engagement_count desc,
                scr.weighted_engagement desc,
                scr.post_key asc
        ) as rank,
        scr.engagement_count,
        scr.weighted_engagement,
        {{ product_count_columns('scr') }},
        scr.user_count,
        scr.last_interaction_at
    from scored as scr
    where scr.engagement_count + scr.share_count > 0
)

select * from ranked
-- a leaderboard is read from the top, also without an order of the reader's own
order by workspace_id, rank
