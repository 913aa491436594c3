"""Marts about content items and posts: totals, the best platform and the place among posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from oracle.facts import Facts
from oracle.interactions import (
    Interaction,
    counts_per_type,
    occurrence_times,
    on_posts,
    weighted_score,
)
from oracle.posts import Content, Post
from oracle.rules import in_window, key, ordered, total
from oracle.world import DAY, TOTALS, TYPES, PostKey, Row, World

PERCENTILE_WINDOW = 90 * DAY
FEWEST_POSTS_FOR_PERCENTILE = 5


def content_items(world: World, facts: Facts) -> list[Row]:
    """Return one row per content item."""
    rows: list[Row] = []
    for content in facts.contents:
        rows.append(
            {
                "id": content.content_id,
                "workspace_id": world.workspace.workspace_id,
                "external_content_id": content.external_content_id,
                "title": content.title,
                "slug": content.slug,
            }
        )
    return ordered(rows, "id")


def is_listed(facts: Facts, place: PostKey) -> bool:
    """Return whether a post is one: what was said is none, unless a content item lists it."""
    post = facts.posts.get(place)
    return place in facts.content_of_post or post is None or not post.is_what_was_said


def content_posts(world: World, facts: Facts) -> list[Row]:
    """Return one row per known post, in a content item or not."""
    rows: list[Row] = []
    for post_key, post in facts.posts.items():
        if not is_listed(facts, post_key):
            continue
        rows.append(
            {
                "post_id": key(world.workspace.workspace_id, *post_key),
                "workspace_id": world.workspace.workspace_id,
                "content_id": facts.content_of_post.get(post_key),
                "platform": post.platform,
                "external_post_id": post.external_post_id,
                "title": post.title,
                "url": post.url,
                "author_id": None
                if post.author_id is None
                else key(world.workspace.workspace_id, post.platform, post.author_id),
                "native_post_type": post.native_type,
                "community_id": post.community_id,
                "community_name": post.community_name,
                "is_removed": post.is_removed,
                "posted_at": post.posted_at,
            }
        )
    return ordered(rows, "post_id")


def content_tags(world: World, facts: Facts) -> list[Row]:
    """Return one row per content item and tag."""
    rows: list[Row] = []
    for content in facts.contents:
        for tag_type, tag_value in content.tags:
            rows.append(
                {
                    "content_id": content.content_id,
                    "workspace_id": world.workspace.workspace_id,
                    "tag_type": tag_type,
                    "tag_value": tag_value,
                }
            )
    return ordered(rows, "content_id", "tag_type", "tag_value")


@dataclass(frozen=True)
class Appearance:
    """A content item on one platform: its posts there and what was done with them, net."""

    platform: str
    posts: tuple[PostKey, ...]
    net: tuple[Interaction, ...]


def appearances(facts: Facts, content: Content) -> list[Appearance]:
    """Return a content item on each platform where it has a post, platforms in byte order."""
    platforms = sorted({platform for platform, _ in content.posts}, key=str.encode)
    found = []
    for platform in platforms:
        posts = tuple(post for post in content.posts if post[0] == platform)
        found.append(Appearance(platform, posts, tuple(on_posts(facts.net, posts))))
    return found


def content_platform_rollup(world: World, facts: Facts) -> list[Row]:
    """Return one row per content item and platform where it has a post."""
    rows: list[Row] = []
    for content in facts.contents:
        for appearance in appearances(facts, content):
            times = occurrence_times(appearance.net)
            observed = counts_per_type(world, appearance.platform, appearance.net)
            reported: Row = {}
            for type_ in TYPES:
                told = reports(facts, appearance, type_)
                reported |= {
                    f"reported_{type_}_count": total(told),
                    f"reported_{type_}_post_count": len(told),
                    f"best_{type_}_count": larger(observed[f"{type_}_count"], total(told)),
                }
            rows.append(
                {
                    "workspace_id": world.workspace.workspace_id,
                    "content_id": content.content_id,
                    "platform": appearance.platform,
                    "post_count": len(appearance.posts),
                    "removed_post_count": len(removed_posts(facts, appearance)),
                    "interaction_count": len(appearance.net),
                    "gross_interaction_count": len(on_posts(facts.gross, appearance.posts)),
                    "engagement_score": weighted_score(world, appearance.net),
                    **observed,
                    **reported,
                    "first_activity_at": min(times, default=None),
                    "last_activity_at": max(times, default=None),
                }
            )
    return ordered(rows, "content_id", "platform")


def percentile(world: World, facts: Facts, post: Post) -> Decimal | None:
    """Return the share of posts in the 90 days before a post that score no more than it."""
    if post.posted_at is None or post.is_what_was_said:
        return None
    start = post.posted_at - PERCENTILE_WINDOW
    peers = [
        peer
        for peer in facts.posts.values()
        if peer.platform == post.platform
        and in_window(peer.posted_at, start, post.posted_at)
        and not peer.is_what_was_said
    ]
    if len(peers) < FEWEST_POSTS_FOR_PERCENTILE:
        return None
    own_score = post_score(world, facts, post)
    no_better = [peer for peer in peers if post_score(world, facts, peer) <= own_score]
    return Decimal(len(no_better)) / Decimal(len(peers))


def post_score(world: World, facts: Facts, post: Post) -> Decimal:
    """Return the weighted score of what was done with a post, net."""
    return weighted_score(world, on_posts(facts.net, [(post.platform, post.external_post_id)]))


def best_platform(world: World, found: Sequence[Appearance]) -> str | None:
    """Return the platform with the highest score, then most interactions, then first name."""
    if not any(appearance.net for appearance in found):
        return None
    best = min(
        found,
        key=lambda item: (
            -weighted_score(world, item.net),
            -len(item.net),
            item.platform.encode(),
        ),
    )
    return best.platform


def normalised(
    world: World, facts: Facts, found: Sequence[Appearance]
) -> list[tuple[Decimal, Decimal, Appearance]]:
    """Return where an item stands among the workspace's recent posts: on each platform where it
    does, its best percentile and its score; most outstanding first."""
    standings = []
    for appearance in found:
        percentiles = [percentile(world, facts, facts.posts[post]) for post in appearance.posts]
        known = [value for value in percentiles if value is not None]
        if known:
            standings.append((max(known), weighted_score(world, appearance.net), appearance))
    return sorted(standings, key=lambda one: (-one[0], -one[1], one[2].platform.encode()))


def removed_posts(facts: Facts, item: Appearance) -> list[PostKey]:
    """The posts of a content item that a platform has removed."""
    return [
        post for post in item.posts if (known := facts.posts.get(post)) and known.is_removed
    ]


def reports(facts: Facts, item: Appearance, type_: str) -> list[int]:
    """Return what a platform reports of a content item's posts there, one number per post."""
    return [
        counted.count
        for post in item.posts
        if (counted := facts.reported.get((*post, type_))) is not None
    ]


def larger(observed: int | None, reported: int | None) -> int | None:
    """Return the larger of two numbers that are known, or the one that is."""
    return max((count for count in (observed, reported) if count is not None), default=None)


def covered_total(
    facts: Facts,
    found: Sequence[Appearance],
    counts: Sequence[Mapping[str, int | None]],
    type_: str,
    plural: str,
) -> Row:
    """Return a total over platforms, those that are in it, and what the platforms report."""
    observed = [per_platform[f"{type_}_count"] for per_platform in counts]
    reported = [total(reports(facts, item, type_)) for item in found]
    best = [larger(*pair) for pair in zip(observed, reported, strict=True)]

    def covered(counts: Sequence[int | None]) -> str | None:
        pairs = zip(found, counts, strict=True)
        return ", ".join(item.platform for item, count in pairs if count is not None) or None

    return {
        f"total_{plural}": total(observed),
        f"{plural}_platforms": covered(observed),
        f"reported_{plural}": total(reported),
        f"reported_{plural}_platforms": covered(reported),
        f"best_{plural}": total(best),
    }


def content_cross_platform_summary(world: World, facts: Facts) -> list[Row]:
    """Return one row per content item."""
    rows: list[Row] = []
    for content in facts.contents:
        found = appearances(facts, content)
        best = normalised(world, facts, found)
        net = [interaction for item in found for interaction in item.net]
        times = occurrence_times(net)
        counts = [counts_per_type(world, item.platform, item.net) for item in found]
        totals: Row = {}
        for type_, column in TOTALS.items():
            totals |= covered_total(facts, found, counts, type_, column.removeprefix("total_"))
        rows.append(
            {
                "content_id": content.content_id,
                "workspace_id": world.workspace.workspace_id,
                "title": content.title,
                "slug": content.slug,
                "platform_count": len(found),
                "platforms": ", ".join(item.platform for item in found) or None,
                "removed_platforms": ", ".join(
                    item.platform
                    for item in found
                    if len(removed_posts(facts, item)) == len(item.posts)
                )
                or None,
                **totals,
                "total_interactions": len(net),
                "engagement_score": weighted_score(world, net),
                "best_platform": best_platform(world, found),
                "best_platform_normalised": best[0][2].platform if best else None,
                "best_percentile": best[0][0] if best else None,
                "first_activity_at": min(times, default=None),
                "last_activity_at": max(times, default=None),
            }
        )
    return ordered(rows, "content_id")
