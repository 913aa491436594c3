-- No mart has two rows of one key. Marts of single interactions are left out: the index
-- of standing entries sees to those.
{{ config(tags='whole_marts') }}
{% set keys = {
    'followers': ['id'],
    'follower_engagement_scores': ['follower_id'],
    'follower_retention': ['workspace_id', 'platform', 'cohort_week', 'week_number'],
    'content_items': ['id'],
    'content_posts': ['post_id'],
    'content_tags': ['content_id', 'tag_type', 'tag_value'],
    'content_platform_rollup': ['content_id', 'platform'],
    'content_cross_platform_summary': ['content_id'],
    'content_coverage': ['post_id', 'interaction_type'],
} %}
{% for mart, columns in keys.items() %}
select '{{ mart }}' as mart
from {{ ref(mart) }}
group by {{ columns | join(', ') }}
having count(*) > 1
{{ 'union all' if not loop.last }}
{% endfor %}
