select distinct tag_value as tag
from content_tags
where workspace_id = %(workspace)s
order by tag_value
