-- No mart has two rows of one key. Marts of single interactions are left out: the index
-- of current entries sees to those. So is participant_context, which adds the newest
-- interactions to each row of participant_profiles.
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
    'participant_profiles': ['id'],
    'participant_profile_history': ['participant_id', 'version_no'],
    'participant_decisions': ['decision_id'],
    'sentiment_labels': ['interaction_id', 'labeler', 'labeler_version'],
    'issue_engagements': ['follower_id', 'issue_id'],
    'top_engaged_issues': ['follower_id', 'rank'],
    'user_issue_stats': ['follower_id'],
    'top_engaged_posts': ['workspace_id', 'rank'],
    'user_engagement': ['follower_id'],
    'post_view_duration': ['post_key'],
    'daily_activity': ['workspace_id', 'platform', 'activity_date'],
    'activity_heatmap': ['workspace_id', 'platform', 'activity_weekday', 'activity_hour'],
    'content_daily_activity': ['content_id', 'platform', 'activity_date'],
    'content_engagers': ['content_id', 'follower_id'],
    'follower_daily_activity': ['follower_id', 'activity_date'],
    'top_content': ['content_id', 'window_days'],
    'daily_highlights': ['workspace_id', 'platform', 'community_id', 'activity_date'],
} %}
{% for mart, columns in keys.items() %}
select '{{ mart }}' as mart
from {{ ref(mart) }}
group by {{ columns | join(', ') }}
having count(*) > 1
{{ 'union all' if not loop.last }}
{% endfor %}
