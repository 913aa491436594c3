-- The totals of a content item are those of its posts, whatever lies between.
{{ config(tags='whole_marts') }}
with

summary as (
    select * from {{ ref('content_cross_platform_summary') }}
),

contents as (
    select * from {{ ref('post_content') }}
),

totals as (
    select * from {{ ref('post_totals') }}
),

recounted as (
    select
        cnt.content_id,
        sum(ttl.interaction_count) as total_interactions,
        sum(ttl.comment_count) as total_comments,
        count(distinct cnt.platform) as platform_count
    from contents as cnt
    -- left: a post that nobody has touched is still a post
    left join totals as ttl on cnt.post_id = ttl.post_id
    group by cnt.content_id
)

select smr.content_id
from summary as smr
-- left: an item may not have been posted anywhere yet
left join recounted as rcn on smr.content_id = rcn.content_id
where
    smr.total_interactions <> coalesce(rcn.total_interactions, 0)
    or coalesce(smr.total_comments, 0) <> coalesce(rcn.total_comments, 0)
    or smr.platform_count <> coalesce(rcn.platform_count, 0)
