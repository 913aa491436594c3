"""Marts about participants: profiles with scores, and context.

Source: the specification of the marts, section 2; numbers are spelled out here, not read from
        seeds, and no SQL is shared with the warehouse.
Shape:  a `World` of the oracle and the labels that were landed in -> mart name -> rows.
Units:  days are fractional, points are fractions; instants are aware and in UTC.
Errors: none of its own.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from oracle.accounts import Follower
from oracle.decisions import decided, reason_of
from oracle.facts import Facts
from oracle.interactions import counts_per_type, key_of, said
from oracle.labels import (
    FEW_LABELS,
    Label,
    interaction_id,
    newest_first,
    sentiment_of,
    trend,
    window_labels,
)
from oracle.rules import ordered
from oracle.world import DAY, Row, World

COUNTED = ("comment", "dm", "mention", "reaction", "like")
SHOWN = 5
VIP_INTERACTIONS = 25
VIP_FOLLOWERS = 10_000


def days_since(world: World, moment: datetime | None) -> Fraction | None:
    """Return the fractional days up to the as-of instant."""
    if moment is None:
        return None
    microseconds = (world.as_of - moment) // (DAY / 86_400_000_000)
    return Fraction(microseconds, 86_400_000_000)


def clamped(points: Fraction | int, most: int) -> Fraction:
    """Within 0 and the most."""
    return min(max(Fraction(points), Fraction(0)), Fraction(most))


def points(world: World, follower: Follower, n: int, tendency: str | None) -> list[Fraction]:
    """Return the six components of the participant score."""
    last, first = days_since(world, follower.last_seen), days_since(world, follower.first_seen)
    followers = follower.profile["follower_count"]
    return [
        clamped(2 * n, 30),
        clamped(20 - last, 20) if last is not None else Fraction(0),
        Fraction({"positive": 20, "neutral": 10}.get(tendency or "", 0)),
        clamped(first / 2, 15) if first is not None else Fraction(0),
        Fraction(10 if follower.profile["is_verified"] else 0),
        Fraction(5 if isinstance(followers, int) and followers > 1000 else 0),
    ]


def half_up(value: Fraction) -> int:
    """Rounded to a whole number."""
    return int(value + Fraction(1, 2))


def vip_reason(status: str, n: int, profile: Any) -> str | None:
    """Return the first rule that holds; whoever is blocked is no VIP."""
    if status == "blocked":
        return None
    if status == "vip":
        return "vip_status"
    if n >= VIP_INTERACTIONS:
        return "interaction_count"
    if (profile["follower_count"] or 0) >= VIP_FOLLOWERS:
        return "follower_count"
    return "is_verified" if profile["is_verified"] else None


def participant_profiles(world: World, facts: Facts, labels: Sequence[Label]) -> list[Row]:
    """Return one row per account."""
    rows: list[Row] = []
    for follower in facts.followers:
        n = sum(1 for item in follower.net if item.type in COUNTED)
        found = window_labels(world, follower, labels)
        components = points(world, follower, n, trend(found))
        latest = decided(world, follower)
        status = latest["vip_status"].kind if "vip_status" in latest else "normal"
        review = latest.get("review")
        is_flagged = review is not None and review.kind == "flagged"
        reason = vip_reason(status, n, follower.profile)
        names = ("interaction", "recency", "sentiment", "longevity", "verification", "reach")
        rows.append(
            {
                "id": follower.follower_id,
                "workspace_id": world.workspace.workspace_id,
                "platform": follower.platform,
                "platform_user_id": follower.actor_id,
                **follower.profile,
                "interaction_count": n,
                "total_interaction_count": len(follower.net),
                "gross_interaction_count": follower.gross_interaction_count,
                **counts_per_type(world, follower.platform, follower.net),
                "thread_count": len(
                    {said(item, "thread_id") for item in follower.net} - {None}
                ),
                "first_interaction_at": follower.first_seen,
                "last_interaction_at": follower.last_seen,
                "sentiment_trend": trend(found),
                "labelled_count": len(found),
                "is_insufficient": len(found) < FEW_LABELS,
                "vip_status": status,
                "is_vip": reason is not None,
                "vip_reason": reason,
                "flagged_for_review": is_flagged,
                "flag_reason": reason_of(review) if review and is_flagged else None,
                "participant_score": min(half_up(sum(components, Fraction(0))), 100),
                **{
                    f"{name}_points": rounded(value)
                    for name, value in zip(names, components, strict=True)
                },
                "is_eligible": follower.exclusion_reason is None,
                "exclusion_reason": follower.exclusion_reason,
            }
        )
    return ordered(rows, "id")


def rounded(value: Fraction) -> Decimal:
    """As a decimal number with more digits than are compared."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def json_instant(moment: datetime | None) -> str | None:
    """Return an instant as PostgreSQL writes it into JSON."""
    if moment is None:
        return None
    return re.sub(r"(\.\d*?)0+\+", r"\1+", moment.isoformat())


def as_text(value: uuid.UUID | None) -> str | None:
    """Return a key as JSON has it."""
    return None if value is None else str(value)


IN_CONTEXT = (
    *("id", "workspace_id", "platform", "platform_user_id", "display_name", "username"),
    *("profile_url", "vip_status", "vip_reason", "sentiment_trend", "flag_reason"),
    *("exclusion_reason", "interaction_count", "thread_count", "follower_count"),
    *("participant_score", "is_verified", "is_eligible", "is_vip", "flagged_for_review"),
    *("first_interaction_at", "last_interaction_at"),
)


def participant_context(world: World, facts: Facts, labels: Sequence[Label]) -> list[Row]:
    """Return one row per account, with its last five interactions of any type."""
    profiles = {row["id"]: row for row in participant_profiles(world, facts, labels)}
    rows: list[Row] = []
    for follower in facts.followers:
        profile = profiles[follower.follower_id]
        last = [
            {
                "interaction_id": str(interaction_id(world, item)),
                "interaction_type": item.type,
                "text": item.text,
                "sentiment": sentiment_of(item, labels)[0],
                "post_id": as_text(key_of(world, item, item.post_id)),
                "thread_id": as_text(key_of(world, item, said(item, "thread_id"))),
                "occurred_at": json_instant(item.occurred_at),
            }
            for item in newest_first(world, follower.net)[:SHOWN]
        ]
        rows.append({**{name: profile[name] for name in IN_CONTEXT}, "last_interactions": last})
    return ordered(rows, "id")
