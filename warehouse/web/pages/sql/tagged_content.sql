select distinct content_id
from content_tags
where workspace_id = %(workspace)s and tag_value = %(tag)s
