{% set newest_first = 'run_seq desc, load_id desc, line_no desc' %}

with

posts as (
    select * from {{ ref('post_history') }}
),

merged as (
    select
        post_id,
        workspace_id,
        platform,
        platform_post_id,
        {{ last_known('author_id', newest_first) }} as author_id,
        {{ last_known('native_type', newest_first) }} as native_type,
        {{ last_known('title', newest_first) }} as title,
        {{ last_known('url', newest_first) }} as url,
        {{ last_known('community_id', newest_first) }} as community_id,
        {{ last_known('community_name', newest_first) }} as community_name,
        {{ last_known('posted_at', newest_first) }} as posted_at
    from posts
    group by post_id, workspace_id, platform, platform_post_id
)

select * from merged
