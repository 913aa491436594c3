{% set windows = var('score_window_days') + [
    2 * var('activity_window_days'),
    var('top_posts_window_days'),
    var('user_engagement_window_days'),
] %}

with

retention as (
    select * from {{ ref('retention') }}
),

rules as (
    select
        platform,
        retention_days,
        {{ windows | max }} as longest_window_days
    from retention
)

select * from rules
