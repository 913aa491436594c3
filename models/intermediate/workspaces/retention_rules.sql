{% set windows = var('score_window_days') + [
    2 * var('activity_window_days'),
    var('top_posts_window_days'),
    2 * (var('top_content_window_days') | max),
    var('user_engagement_window_days'),
] %}

with

retention as (
    select * from {{ ref('retention') }}
),

places as (
    select * from {{ ref('community_places') }}
),

trackers as (
    select * from {{ ref('issue_trackers') }}
),

rules as (
    select
        ret.platform,
        ret.retention_days,
        {{ windows | max }} as longest_window_days,
        ret.platform in (
            select plc.platform from places as plc
            where plc.is_community
        )
        or ret.platform in (select trk.platform from trackers as trk)
            as is_needed_singly
    from retention as ret
)

select * from rules
