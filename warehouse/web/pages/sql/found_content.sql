select
    id as content_id,
    title,
    slug
from content_items
where
    workspace_id = %(workspace)s
    and %(q)s <> ''
    and (
        strpos(lower(title), lower(%(q)s)) > 0
        or strpos(lower(slug), lower(%(q)s)) > 0
    )
order by title nulls last, id
limit 25
