"""Every mart about content and followers, by name."""

from __future__ import annotations

from oracle.content import (
    content_cross_platform_summary,
    content_items,
    content_platform_rollup,
    content_posts,
    content_tags,
)
from oracle.coverage import content_coverage, interaction_coverage
from oracle.facts import find_facts
from oracle.followers import (
    follower_activity_timeline,
    follower_cohorts,
    follower_engagement_scores,
    follower_interactions,
    follower_retention,
    followers,
    top_engaged_followers,
)
from oracle.world import Row, World

MARTS = {
    "followers": followers,
    "follower_engagement_scores": follower_engagement_scores,
    "follower_interactions": follower_interactions,
    "follower_activity_timeline": follower_activity_timeline,
    "top_engaged_followers": top_engaged_followers,
    "content_items": content_items,
    "content_posts": content_posts,
    "content_tags": content_tags,
    "content_platform_rollup": content_platform_rollup,
    "content_cross_platform_summary": content_cross_platform_summary,
    "content_coverage": content_coverage,
    "interaction_coverage": interaction_coverage,
    "follower_cohorts": follower_cohorts,
    "follower_retention": follower_retention,
}


def marts(world: World) -> dict[str, list[Row]]:
    """Return the rows of every mart, by name."""
    facts = find_facts(world)
    return {name: mart(world, facts) for name, mart in MARTS.items()}
