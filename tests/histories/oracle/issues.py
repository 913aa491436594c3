"""Marts of issue engagement (section 3 of the specification), computed without a database.

Shape:  a `World` and its `Facts` in -> rows of issue_engagements, top_engaged_issues and
        user_issue_stats.
Units:  scores Decimal of four places; instants aware, UTC.
Errors: none of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from oracle.accounts import Follower, shown_name
from oracle.facts import Facts
from oracle.interactions import Interaction, known_deliveries
from oracle.rules import key, ordered
from oracle.world import DAY, ActorKey, PostKey, Row, World

TRACKERS = {"linear": "Issue"}  # platform -> what its issues are called
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
WORD = set(LETTERS + LETTERS.lower() + DIGITS + "_")
NEVER = datetime.min.replace(tzinfo=UTC)


def issues_in(text: str) -> list[str]:
    """Return the distinct ids in a text: 1-4 capitals, a hyphen, 1-5 digits, as a word."""
    found = []
    for hyphen, character in enumerate(text):
        if character != "-":
            continue
        start, end = hyphen, hyphen + 1
        while start > 0 and text[start - 1] in LETTERS:
            start -= 1
        while end < len(text) and text[end] in DIGITS:
            end += 1
        is_bounded = (start == 0 or text[start - 1] not in WORD) and (
            end == len(text) or text[end] not in WORD
        )
        if is_bounded and 1 <= hyphen - start <= 4 and 1 <= end - hyphen - 1 <= 5:
            found.append(text[start:end])
    return list(dict.fromkeys(found))


def tracked_issues(world: World) -> dict[PostKey, str]:
    """Return what people call each issue of a tracker: the newest that address or id says."""
    names = {}
    for delivery in known_deliveries(world, "post"):
        post = delivery.record
        wanted = TRACKERS.get(post["platform"])
        if wanted is None or (post.get("type") or wanted) != wanted:
            continue
        name = None
        address = (post.get("url") or "").partition("/issue/")[2]
        if address:
            name = address.partition("/")[0]
        elif issues_in(post["post_id"]) == [post["post_id"]]:
            name = post["post_id"]
        if name is not None:
            names[post["platform"], post["post_id"]] = name
    return names


def issues_of(item: Interaction, tracked: Mapping[PostKey, str], world: World) -> list[str]:
    """Return the issues that an interaction is about."""
    teams = world.workspace.issue_teams
    found = []
    post_id = item.post_id or ""
    is_on_tracker = item.platform in TRACKERS and item.type in ("view", "mention")
    if item.type == "query" or is_on_tracker:
        if (item.platform, post_id) in tracked:
            found.append(tracked[item.platform, post_id])
        elif issues_in(post_id) == [post_id] and (not teams or post_id.split("-")[0] in teams):
            found.append(post_id)
    if item.type in ("query", "message", "comment", "dm"):
        found += [
            name
            for name in issues_in(item.text or "")
            if not teams or name.split("-")[0] in teams
        ]
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Engagement:
    """What one follower did with one issue."""

    follower: Follower
    issue: str
    linear_id: str | None
    items: tuple[Interaction, ...]  # in order, the last one last
    days_idle: float | None

    @property
    def recency(self) -> float:
        """1 now, towards 0."""
        return 0.0 if self.days_idle is None else math.exp(-0.05 * self.days_idle)

    @property
    def score(self) -> float:
        """From 0 to 1."""
        return 0.4 * min(1, 0.2 * len(self.items)) + 0.6 * self.recency

    @property
    def score_after_staleness(self) -> float:
        """Less a tenth for every whole day beyond 30."""
        return self.score * 0.9 ** max(math.floor(self.days_idle or 0) - 30, 0)

    @property
    def is_prunable(self) -> bool:
        """Idle for long, and next to nothing left."""
        return (
            self.days_idle is not None
            and self.score_after_staleness < 0.005
            and self.days_idle >= 90
        )

    @property
    def last_interaction(self) -> datetime | None:
        """Return the last of the known times."""
        return self.items[-1].occurred_at


def places(value: float, decimals: str = "0.0001") -> Decimal:
    """Return a float to some decimals, half up."""
    return Decimal(f"{value:.15g}").quantize(Decimal(decimals), ROUND_HALF_UP)


def find_engagements(world: World, facts: Facts) -> list[Engagement]:
    """Return every engagement, in no particular order."""
    tracked = tracked_issues(world)
    groups: dict[tuple[ActorKey, str], list[Interaction]] = {}
    for item in facts.net:
        if item.actor_id is not None:
            for issue in issues_of(item, tracked, world):
                groups.setdefault(((item.platform, item.actor_id), issue), []).append(item)
    linear_ids: dict[str, list[str]] = {}
    for (_, post_id), name in tracked.items():
        linear_ids.setdefault(name, []).append(post_id)
    followers = {(one.platform, one.actor_id): one for one in facts.followers}
    found = []
    for (actor, issue), items in groups.items():
        items.sort(
            key=lambda item: (
                item.occurred_at or NEVER,
                item.received_at,
                key(world.workspace.workspace_id, item.platform, item.native_id),
            )
        )
        last = items[-1].occurred_at
        found.append(
            Engagement(
                follower=followers[actor],
                issue=issue,
                linear_id=min(linear_ids.get(issue, []), default=None),
                items=tuple(items),
                days_idle=None if last is None else max((world.as_of - last) / DAY, 0.0),
            )
        )
    return found


def issue_engagements(world: World, facts: Facts) -> list[Row]:
    """Return one row per follower and issue."""
    rows: list[Row] = []
    for one in find_engagements(world, facts):
        last = one.items[-1]
        times = [item.occurred_at for item in one.items if item.occurred_at is not None]
        types = [
            item.type if item.type in ("query", "view") else "mention" for item in one.items
        ]
        rows.append(
            {
                "follower_id": one.follower.follower_id,
                "workspace_id": world.workspace.workspace_id,
                "platform": one.follower.platform,
                "issue_id": one.issue,
                "linear_id": one.linear_id,
                "username": shown_name(one.follower),
                "last_interaction_type": types[-1],
                "context": None if last.text is None else last.text[:200],
                "exclusion_reason": one.follower.exclusion_reason,
                "interaction_count": len(one.items),
                "query_count": types.count("query"),
                "view_count": types.count("view"),
                "mention_count": types.count("mention"),
                "recency": places(one.recency),
                "engagement_score": places(one.score),
                "score_after_staleness": places(one.score_after_staleness),
                "is_eligible": one.follower.exclusion_reason is None,
                "is_prunable": one.is_prunable,
                "first_interaction": min(times, default=None),
                "last_interaction": max(times, default=None),
            }
        )
    return ordered(rows, "follower_id", "issue_id")


def ranked(engagements: list[Engagement]) -> list[Engagement]:
    """Return the engagements of one follower, best first."""
    return sorted(
        engagements,
        key=lambda one: (
            -places(one.score_after_staleness),
            -len(one.items),
            -(one.last_interaction or NEVER).timestamp(),
            one.issue.encode(),
        ),
    )


def per_follower(world: World, facts: Facts) -> dict[UUID, list[Engagement]]:
    """Follower -> its engagements, the best first."""
    groups: dict[UUID, list[Engagement]] = {}
    for one in find_engagements(world, facts):
        groups.setdefault(one.follower.follower_id, []).append(one)
    return {follower_id: ranked(group) for follower_id, group in groups.items()}


RANKED = (
    *("follower_id", "workspace_id", "platform", "issue_id", "linear_id", "username"),
    *("last_interaction_type", "context", "exclusion_reason", "interaction_count"),
    *("engagement_score", "score_after_staleness", "is_eligible", "last_interaction"),
)


def top_engaged_issues(world: World, facts: Facts) -> list[Row]:
    """Return one row per follower and issue that is not prunable, ranked."""
    engagements = {
        (row["follower_id"], row["issue_id"]): row for row in issue_engagements(world, facts)
    }
    rows: list[Row] = []
    for follower_id, own in per_follower(world, facts).items():
        shown = [one for one in own if not one.is_prunable]
        for rank, one in enumerate(shown, start=1):
            row = engagements[follower_id, one.issue]
            rows.append({**{column: row[column] for column in RANKED}, "rank": rank})
    return ordered(rows, "follower_id", "issue_id")


def user_issue_stats(world: World, facts: Facts) -> list[Row]:
    """Return one row per follower with an engagement."""
    rows: list[Row] = []
    for follower_id, engagements in per_follower(world, facts).items():
        total = sum(len(one.items) for one in engagements)
        times = [one.last_interaction for one in engagements if one.last_interaction]
        follower = engagements[0].follower
        rows.append(
            {
                "follower_id": follower_id,
                "workspace_id": world.workspace.workspace_id,
                "platform": follower.platform,
                "username": shown_name(follower),
                "exclusion_reason": follower.exclusion_reason,
                "is_eligible": follower.exclusion_reason is None,
                "most_engaged_issues": [one.issue for one in engagements[:5]],
                "total_interactions": total,
                "unique_issues": len(engagements),
                "avg_interactions_per_issue": (
                    Decimal(total) / Decimal(len(engagements))
                ).quantize(Decimal("0.01"), ROUND_HALF_UP),
                "last_interaction": max(times, default=None),
            }
        )
    return ordered(rows, "follower_id")
