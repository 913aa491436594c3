with

tags as (
    select concat(tag_type, ': ', tag_value) as tag
    from content_tags
    where workspace_id = %(workspace)s and content_id = %(id)s
)

select string_agg(tag, ', ' order by tag) as tags
from tags
