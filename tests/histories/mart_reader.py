"""Reader of the published marts, with the key of each."""

from __future__ import annotations

from collections import defaultdict

import psycopg
from oracle import Row
from psycopg import sql
from psycopg.rows import dict_row

Marts = dict[str, dict[str, list[Row]]]  # mart, workspace, rows
KEYS = {
    "followers": ["id"],
    "follower_engagement_scores": ["follower_id"],
    "follower_interactions": ["interaction_id"],
    "follower_activity_timeline": ["interaction_id"],
    "top_engaged_followers": ["rank"],
    "content_items": ["id"],
    "content_posts": ["post_id"],
    "content_tags": ["content_id", "tag_type", "tag_value"],
    "content_platform_rollup": ["content_id", "platform"],
    "content_cross_platform_summary": ["content_id"],
    "content_coverage": ["post_id", "interaction_type"],
    "interaction_coverage": ["interaction_id", "interaction_type"],
    "follower_cohorts": ["cohort_week", "platform"],
    "follower_retention": ["cohort_week", "platform", "week_number"],
    "daily_activity": ["platform", "activity_date"],
    "activity_heatmap": ["platform", "activity_weekday", "activity_hour"],
    "content_daily_activity": ["content_id", "platform", "activity_date"],
    "content_engagers": ["content_id", "follower_id"],
    "top_content": ["window_days", "rank"],
    "follower_daily_activity": ["follower_id", "activity_date"],
    "participant_profiles": ["id"],
    "participant_context": ["id"],
    "interaction_history": ["interaction_id"],
    "participant_profile_history": ["participant_id", "version_no"],
    "issue_engagements": ["follower_id", "issue_id"],
    "top_engaged_issues": ["follower_id", "issue_id"],
    "user_issue_stats": ["follower_id"],
    "daily_highlights": ["platform", "community_id", "activity_date"],
    "user_interaction": ["interaction_id"],
    "top_engaged_posts": ["rank"],
    "user_engagement": ["follower_id"],
    "post_view_duration": ["post_key"],
}
# marts that are empty where nobody decides or labels
SELDOM = {
    "engagement_alerts": ["follower_id", "alert_kind"],
    "participant_decisions": ["reason"],
    "sentiment_labels": ["interaction_id", "labeler", "labeler_version"],
}


def read_marts(session: psycopg.Connection, schema: str = "marts") -> Marts:
    """Return the rows of every mart, by name and workspace."""
    found: Marts = {}
    with session.cursor(row_factory=dict_row) as cursor:
        for mart, keys in {**KEYS, **SELDOM}.items():
            rows: dict[str, list[Row]] = defaultdict(list)
            for row in cursor.execute(
                sql.SQL("select * from {}").format(sql.Identifier(schema, mart))
            ):
                rows[row["workspace_id"]].append(row)
            for of_workspace in rows.values():
                of_workspace.sort(key=lambda row: [str(row[key]) for key in keys])
            found[mart] = rows
    return found
