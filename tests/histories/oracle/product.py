"""Marts of the product feed, computed again without a database.

Source: the specification of the marts, section 5; numbers are spelled out here, not read from
        seeds, and no SQL is shared with the warehouse.
Shape:  a `World` of the oracle and its facts in -> mart name -> rows.
Units:  durations in milliseconds, scroll depths 0 to 100; instants aware, UTC.
Errors: none of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from oracle.facts import Facts
from oracle.interactions import VERSIONED_FIELDS, Interaction, said
from oracle.rules import key, ordered
from oracle.world import DAY, Row, World

PLATFORM = "product"
COUNTED = ("view", "click", "like", "share", "comment", "save", "profile_visit", "link_click")
POSTS_WINDOW = 7 * DAY
USERS_WINDOW = 30 * DAY
SHORTEST_VIEW = 1000
KEPT = {"source"}  # of what histories tell; the rest is not to be kept
LONGEST_DURATION = 2**31  # from here on it does not fit the requirements' query
NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")


@dataclass(frozen=True)
class Tracked:
    """A net interaction with the product and what its metadata says."""

    interaction: Interaction
    metadata: dict[str, Any] | None
    duration: int | None
    depth: Decimal | None
    created_at: datetime

    @property
    def is_short(self) -> bool:
        """Return whether it is a view too short to count."""
        return (
            self.interaction.type == "view"
            and self.duration is not None
            and self.duration < SHORTEST_VIEW
        )


def number(metadata: dict[str, Any] | None, field: str) -> Decimal | None:
    """Return a plain number from 0 on, also written as text."""
    value = (metadata or {}).get(field)
    text = value if isinstance(value, str) else "" if isinstance(value, bool) else str(value)
    return Decimal(text) if NUMBER.fullmatch(text) else None


def tracked(world: World, facts: Facts) -> list[Tracked]:
    """Return all net interactions with the product that have come by `as_of`."""
    found = []
    for item in facts.net:
        created_at = item.occurred_at or item.received_at
        if item.platform != PLATFORM or created_at > world.as_of:
            continue
        metadata: Any = item.versioned[VERSIONED_FIELDS.index("metadata")]
        told = number(metadata, "duration")
        duration = None
        if told is not None and told < LONGEST_DURATION:
            whole = int(told.quantize(Decimal(1), ROUND_HALF_UP))
            duration = whole if whole < LONGEST_DURATION else None
        depth = number(metadata, "scroll_depth")
        depth = None if depth is None or depth > 100 else depth
        if metadata is not None:
            metadata = {name: value for name, value in metadata.items() if name in KEPT}
            if duration is not None:
                metadata["duration"] = duration
            if depth is not None:
                metadata["scroll_depth"] = int(depth) if depth == int(depth) else float(depth)
        found.append(
            Tracked(
                interaction=item,
                metadata=metadata,
                duration=duration,
                depth=depth,
                created_at=created_at,
            )
        )
    return found


def counts(items: Sequence[Tracked]) -> dict[str, int]:
    """Return a count per type, short views apart."""
    counted = {
        f"{type_}_count": sum(
            1 for item in items if item.interaction.type == type_ and not item.is_short
        )
        for type_ in COUNTED
    }
    return {**counted, "short_view_count": sum(1 for item in items if item.is_short)}


def grouped(
    items: Iterable[Tracked], name: Callable[[Tracked], str | None]
) -> dict[str, list[Tracked]]:
    """By what `name` gives; without a name they are in no group."""
    groups: dict[str, list[Tracked]] = {}
    for item in items:
        if (of := name(item)) is not None:
            groups.setdefault(of, []).append(item)
    return groups


def one_place(value: Fraction) -> Decimal:
    """Rounded to one place, halves up."""
    return Decimal(int(value * 10 + Fraction(1, 2))) / 10


def mean(values: Sequence[Decimal | int]) -> Decimal | None:
    """Return the average; none of nothing."""
    if not values:
        return None
    return one_place(sum(map(Fraction, values), Fraction(0)) / len(values))


def median(values: Sequence[Decimal | int]) -> Decimal | None:
    """Return the middle one, or halfway between the two in the middle."""
    if not values:
        return None
    by_size = sorted(map(Fraction, values))
    middle = len(by_size) // 2
    if len(by_size) % 2:
        return one_place(by_size[middle])
    return one_place((by_size[middle - 1] + by_size[middle]) / 2)


# --- marts ----------------------------------------------------------------------------------


def user_interaction(world: World, facts: Facts) -> list[Row]:
    """Return one row per net interaction with the product."""
    workspace = world.workspace.workspace_id
    rows: list[Row] = []
    for item in tracked(world, facts):
        did = item.interaction
        rows.append(
            {
                "interaction_id": key(workspace, PLATFORM, did.native_id),
                "workspace_id": workspace,
                "follower_id": follower(world, did),
                "user_id": did.actor_id,
                "post_id": did.post_id,
                "interaction_type": did.type,
                "native_type": said(did, "type"),
                "native_kind": said(did, "kind"),
                "metadata": item.metadata,
                "duration_ms": item.duration,
                "scroll_depth": item.depth,
                "is_short_view": item.is_short,
                "created_at": item.created_at,
                "received_at": did.received_at,
            }
        )
    return ordered(rows, "interaction_id")


def follower(world: World, interaction: Interaction) -> UUID | None:
    """Return the key of who did it, where that is known."""
    if interaction.actor_id is None:
        return None
    return key(world.workspace.workspace_id, PLATFORM, interaction.actor_id)


def top_engaged_posts(world: World, facts: Facts) -> list[Row]:
    """Return one row per post of the last seven days, best first."""
    since = world.as_of - POSTS_WINDOW
    recent = [item for item in tracked(world, facts) if item.created_at > since]
    rows: list[dict[str, Any]] = []
    for post_id, items in grouped(recent, lambda item: item.interaction.post_id).items():
        counted = counts(items)
        engagement = sum(counted[f"{type_}_count"] for type_ in ("view", "click", "like"))
        post = facts.posts.get((PLATFORM, post_id))
        if engagement + counted["share_count"] == 0 or (post and post.is_removed):
            continue
        users = {item.interaction.actor_id for item in items} - {None}
        rows.append(
            {
                "post_key": key(world.workspace.workspace_id, PLATFORM, post_id),
                "workspace_id": world.workspace.workspace_id,
                "post_id": post_id,
                "title": post.title if post else None,
                "url": post.url if post else None,
                "engagement_count": engagement,
                "weighted_engagement": sum(
                    (
                        counted[f"{type_}_count"] * world.seeds.weights.get(type_, Decimal(0))
                        for type_ in COUNTED
                    ),
                    Decimal(0),
                ),
                **counted,
                "user_count": len(users),
                "last_interaction_at": max(item.created_at for item in items),
            }
        )
    rows.sort(
        key=lambda row: (-row["engagement_count"], -row["weighted_engagement"], row["post_key"])
    )
    return [{**row, "rank": place} for place, row in enumerate(rows, start=1)]


def excluded(facts: Facts, user_id: str) -> Row:
    """Return why a user takes no part in leaderboards, if so."""
    (reason,) = (
        one.exclusion_reason
        for one in facts.followers
        if (one.platform, one.actor_id) == (PLATFORM, user_id)
    )
    return {"exclusion_reason": reason, "is_eligible": reason is None}


def user_engagement(world: World, facts: Facts) -> list[Row]:
    """Return one row per known user of the last thirty days."""
    since = world.as_of - USERS_WINDOW
    recent = [item for item in tracked(world, facts) if item.created_at > since]
    rows: list[Row] = []
    for user_id, items in grouped(recent, lambda item: item.interaction.actor_id).items():
        counted = counts(items)
        done = sum(counted[f"{type_}_count"] for type_ in ("click", "like", "share"))
        views = counted["view_count"]
        times = [item.created_at for item in items]
        rows.append(
            {
                "follower_id": key(world.workspace.workspace_id, PLATFORM, user_id),
                "workspace_id": world.workspace.workspace_id,
                "user_id": user_id,
                **excluded(facts, user_id),
                "engagement_rate": Decimal(done) / Decimal(views) if views else None,
                **counted,
                "post_count": len({item.interaction.post_id for item in items} - {None}),
                "first_interaction_in_window_at": min(times),
                "last_interaction_at": max(times),
            }
        )
    return ordered(rows, "follower_id")


def post_view_duration(world: World, facts: Facts) -> list[Row]:
    """Return one row per post that was viewed."""
    views = [item for item in tracked(world, facts) if item.interaction.type == "view"]
    rows: list[Row] = []
    for post_id, items in grouped(views, lambda item: item.interaction.post_id).items():
        whole = [item for item in items if not item.is_short]
        durations = [item.duration for item in whole if item.duration is not None]
        depths = [item.depth for item in whole if item.depth is not None]
        rows.append(
            {
                "post_key": key(world.workspace.workspace_id, PLATFORM, post_id),
                "workspace_id": world.workspace.workspace_id,
                "post_id": post_id,
                "view_count": len(whole),
                "short_view_count": len(items) - len(whole),
                "measured_view_count": len(durations),
                "average_duration_ms": mean(durations),
                "median_duration_ms": median(durations),
                "average_scroll_depth": mean(depths),
                "median_scroll_depth": median(depths),
                "is_removed": bool(
                    (post := facts.posts.get((PLATFORM, post_id))) and post.is_removed
                ),
            }
        )
    return ordered(rows, "post_key")


MARTS = {
    "user_interaction": user_interaction,
    "top_engaged_posts": top_engaged_posts,
    "user_engagement": user_engagement,
    "post_view_duration": post_view_duration,
}


def product_marts(world: World, facts: Facts) -> dict[str, list[Row]]:
    """Return the rows of every mart, by name."""
    return {name: mart(world, facts) for name, mart in MARTS.items()}
