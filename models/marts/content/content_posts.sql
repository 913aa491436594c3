with

posts as (
    select * from {{ ref('current_posts') }}
),

contents as (
    select * from {{ ref('post_content') }}
),

content_posts as (
    select
        coalesce(pst.post_id, cnt.post_id) as post_id,
        cnt.content_id,
        pst.author_id,
        coalesce(pst.workspace_id, cnt.workspace_id) as workspace_id,
        coalesce(pst.platform, cnt.platform) as platform,
        coalesce(pst.platform_post_id, cnt.platform_post_id) as external_post_id,
        pst.native_type as native_post_type,
        pst.title,
        pst.url,
        pst.community_id,
        pst.community_name,
        coalesce(pst.is_removed, false) as is_removed,
        pst.posted_at
    from posts as pst
    -- full: a post may belong to no content item, or be known only from one
    full join contents as cnt on pst.post_id = cnt.post_id
    where
        cnt.content_id is not null
        or not {{ is_of_what_was_said('pst.native_type') }}
)

select * from content_posts
