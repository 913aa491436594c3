select
    string_agg(tag_type || ': ' || tag_value, ', ' order by tag_type, tag_value) as tags
from content_tags
where workspace_id = %(workspace)s and content_id = %(id)s
