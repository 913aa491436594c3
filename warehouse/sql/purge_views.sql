-- How long the chosen views of the product's posts lasted, of nobody and no day.
insert into raw.archived_views (
    workspace_id, post_id, platform_post_id, is_short_view, duration_ms, scroll_depth,
    view_count
)
select
    itr.workspace_id,
    itr.post_id,
    itr.platform_post_id,
    itr.is_short_view,
    itr.duration_ms,
    itr.scroll_depth,
    count(*) as view_count
from purging as prg
inner join core.product_interactions as itr on prg.interaction_id = itr.interaction_id
where itr.interaction_type = 'view' and itr.post_id is not null
group by
    itr.workspace_id,
    itr.post_id,
    itr.platform_post_id,
    itr.is_short_view,
    itr.duration_ms,
    itr.scroll_depth
