"""The judge of the marts of participants, computed again without a database.

Source: the specification of the marts, section 2; numbers are spelled out here, not read from
        seeds, and no SQL is shared with the warehouse.
Shape:  a `World` of the oracle and the labels that were landed in -> mart name -> rows.
Units:  days fractional, points as fractions; instants aware, UTC.
Errors: none of its own.
"""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from oracle import (
    DAY,
    DECISION_KINDS,
    PROFILE_FIELDS,
    ActorKey,
    Decision,
    Delivery,
    Facts,
    Follower,
    Interaction,
    Row,
    World,
    counts_per_type,
    described,
    find_facts,
    find_profiles,
    instant,
    key,
    key_of,
    known_deliveries,
    name_in,
    observation_order,
    observed_until,
    ordered,
    post_of,
    said,
    shown_name,
)

COUNTED = ("comment", "dm", "mention", "reaction", "like")
SENTIMENTS = ("positive", "neutral", "negative")
WINDOW = 6
FEW_LABELS = 3
SHOWN = 5
VIP_INTERACTIONS = 25
VIP_FOLLOWERS = 10_000
RANKED_LABELER = "vader"
KINDS = {
    **DECISION_KINDS,
    **{"flagged": "review", "unflagged": "review", "opted_out": "opt_out", "erased": "erasure"},
}


@dataclass(frozen=True)
class Label:
    """What a labeler said of a text of an interaction; the greatest `order` is the newest."""

    order: int
    platform: str
    native_id: str
    text: str
    labeler: str
    version: str
    sentiment: str


def some_flags(seed: int, actors: Sequence[ActorKey]) -> list[Decision]:
    """Reviews of some accounts: decisions that a history itself does not have."""
    chance = random.Random(f"flags {seed}")
    return [
        Decision(1000 + number, chance.choice(("flagged", "flagged", "unflagged")), *actor)
        for number in range(chance.choice((0, 1, 4)))
        if actors and (actor := chance.choice(actors))
    ]


def some_labels(
    seed: int, run_seq: int, deliveries: Sequence[Delivery], known: Sequence[Label]
) -> list[Label]:
    """Labels of some texts that have been delivered by a run, lately or long ago."""
    chance = random.Random(f"labels {seed} {run_seq}")
    labels: list[Label] = []
    for delivery in deliveries:
        record = delivery.record
        if record["record"] != "interaction" or not record.get("text"):
            continue
        if chance.random() < 0.4:
            labels.append(
                Label(
                    order=len(known) + len(labels),
                    platform=record["platform"],
                    native_id=record["id"],
                    text=record["text"],
                    labeler=chance.choice((RANKED_LABELER, RANKED_LABELER, "other")),
                    version=chance.choice(("1", "2")),
                    sentiment=chance.choice(SENTIMENTS),
                )
            )
    return labels


# --- small rules ----------------------------------------------------------------------------


def interaction_id(world: World, interaction: Interaction) -> Any:
    """The key of an interaction."""
    return key(world.workspace.workspace_id, interaction.platform, interaction.native_id)


def newest_first(world: World, interactions: Sequence[Interaction]) -> list[Interaction]:
    """By time, receipt and id; those of unknown time come last."""
    return sorted(
        interactions,
        key=lambda item: (
            item.occurred_at or datetime.min.replace(tzinfo=UTC),
            item.received_at,
            interaction_id(world, item),
        ),
        reverse=True,
    )


def labels_of(interaction: Interaction, labels: Sequence[Label]) -> list[Label]:
    """The labels of the very text of an interaction, oldest first; one per version."""
    newest: dict[tuple[str, str], Label] = {}
    for label in labels:
        same = (label.platform, label.native_id, label.text)
        if same == (interaction.platform, interaction.native_id, interaction.text):
            newest[label.labeler, label.version] = label
    return sorted(newest.values(), key=lambda label: label.order)


def sentiment_of(
    interaction: Interaction, labels: Sequence[Label]
) -> tuple[str | None, str | None]:
    """The sentiment that holds and who said so: the source, else the newest ranked label."""
    delivered = said(interaction, "sentiment")
    if delivered in SENTIMENTS:
        return delivered, "source"
    ranked = [item for item in labels_of(interaction, labels) if item.labeler == RANKED_LABELER]
    return (ranked[-1].sentiment, RANKED_LABELER) if ranked else (None, None)


def window_labels(world: World, follower: Follower, labels: Sequence[Label]) -> list[str]:
    """The labels among the newest interactions of known time."""
    dated = [item for item in follower.net if item.occurred_at is not None]
    found = [sentiment_of(item, labels)[0] for item in newest_first(world, dated)[:WINDOW]]
    return [label for label in found if label is not None]


def trend(labels: Sequence[str]) -> str | None:
    """Three fifths make it negative or positive."""
    if not labels:
        return None
    if 5 * labels.count("negative") >= 3 * len(labels):
        return "negative"
    if 5 * labels.count("positive") >= 3 * len(labels):
        return "positive"
    return "neutral"


def days_since(world: World, moment: datetime | None) -> Fraction | None:
    """Fractional days up to the as-of instant."""
    if moment is None:
        return None
    microseconds = (world.as_of - moment) // (DAY / 86_400_000_000)
    return Fraction(microseconds, 86_400_000_000)


def clamped(points: Fraction | int, most: int) -> Fraction:
    """Within 0 and the most."""
    return min(max(Fraction(points), Fraction(0)), Fraction(most))


def points(world: World, follower: Follower, n: int, tendency: str | None) -> list[Fraction]:
    """The six components of the participant score."""
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


def decided(world: World, follower: Follower) -> dict[str, Decision]:
    """Of each kind the latest decision about an account."""
    latest: dict[str, Decision] = {}
    for decision in sorted(world.decisions, key=lambda decision: decision.order):
        if (decision.platform, decision.actor_id) == (follower.platform, follower.actor_id):
            latest[KINDS.get(decision.kind, decision.kind)] = decision
    return latest


def reason_of(decision: Decision) -> str:
    """The reason with which a decision is recorded."""
    return f"decision {decision.order}"


def vip_reason(status: str, n: int, profile: Any) -> str | None:
    """The first rule that holds; whoever is blocked is no VIP."""
    if status == "blocked":
        return None
    if status == "vip":
        return "vip_status"
    if n >= VIP_INTERACTIONS:
        return "interaction_count"
    if (profile["follower_count"] or 0) >= VIP_FOLLOWERS:
        return "follower_count"
    return "is_verified" if profile["is_verified"] else None


# --- marts ----------------------------------------------------------------------------------


def participant_profiles(world: World, facts: Facts, labels: Sequence[Label]) -> list[Row]:
    """One row per account."""
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
    """An instant as PostgreSQL writes it into JSON."""
    if moment is None:
        return None
    return re.sub(r"(\.\d*?)0+\+", r"\1+", moment.isoformat())


def as_text(value: uuid.UUID | None) -> str | None:
    """A key as JSON has it."""
    return None if value is None else str(value)


IN_CONTEXT = (
    *("id", "workspace_id", "platform", "platform_user_id", "display_name", "username"),
    *("profile_url", "vip_status", "vip_reason", "sentiment_trend", "flag_reason"),
    *("exclusion_reason", "interaction_count", "thread_count", "follower_count"),
    *("participant_score", "is_verified", "is_eligible", "is_vip", "flagged_for_review"),
    *("first_interaction_at", "last_interaction_at"),
)


def participant_context(world: World, facts: Facts, labels: Sequence[Label]) -> list[Row]:
    """One row per account, with its last five interactions of any type."""
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


def interaction_history(world: World, facts: Facts, labels: Sequence[Label]) -> list[Row]:
    """One row per net interaction of a known account."""
    rows: list[Row] = []
    for follower in facts.followers:
        for item in follower.net:
            sentiment, labeler = sentiment_of(item, labels)
            place = post_of(item)
            post = facts.posts.get(place) if place else None
            rows.append(
                {
                    "interaction_id": interaction_id(world, item),
                    "workspace_id": world.workspace.workspace_id,
                    "participant_id": follower.follower_id,
                    "platform": follower.platform,
                    "username": shown_name(follower),
                    "interaction_type": item.type,
                    "text": item.text,
                    "sentiment": sentiment,
                    "sentiment_labeler": labeler,
                    "is_participation": item.type in COUNTED,
                    "post_title": post.title if post else None,
                    "post_url": post.url if post else None,
                    **described(world, item),
                    "occurred_at": item.occurred_at,
                }
            )
    return ordered(rows, "interaction_id")


def participant_profile_history(
    world: World, _facts: Facts, _labels: Sequence[Label]
) -> list[Row]:
    """One row per account and state of its profile, oldest first."""
    observations: dict[ActorKey, dict[tuple[Any, ...], Delivery]] = {}
    for delivery in known_deliveries(world, "profile"):
        if observed_until(world, delivery):
            record = delivery.record
            content = (
                instant(record.get("observed_at")),
                *(record.get(field) for field in PROFILE_FIELDS),
            )
            actor = (record["platform"], record["actor_id"])
            observations.setdefault(actor, {})[content] = delivery  # the newest of the same
    rows: list[Row] = []
    for (platform, actor_id), found in observations.items():
        state: dict[str, object] = dict.fromkeys(PROFILE_FIELDS)
        versions: list[Row] = []
        for delivery in sorted(found.values(), key=observation_order):
            said_now = {
                field: delivery.record[field]
                for field in PROFILE_FIELDS
                if delivery.record.get(field) is not None
            }
            if versions and {**state, **said_now} == state:
                continue
            state = {**state, **said_now}
            observed_at = instant(delivery.record.get("observed_at"))
            if versions:
                versions[-1].update(is_current=False, valid_to=observed_at)
            versions.append(
                {
                    "participant_id": key(world.workspace.workspace_id, platform, actor_id),
                    "workspace_id": world.workspace.workspace_id,
                    "platform": platform,
                    "platform_user_id": actor_id,
                    "version_no": len(versions) + 1,
                    **state,
                    "is_current": True,
                    "valid_from": observed_at,
                    "valid_to": None,
                    "received_at": delivery.received_at,
                }
            )
        rows += versions
    return ordered(rows, "participant_id", "version_no")


def participant_decisions(world: World, _facts: Facts, _labels: Sequence[Label]) -> list[Row]:
    """One row per decision."""
    latest: dict[tuple[str, str, str], int] = {}
    for decision in sorted(world.decisions, key=lambda decision: decision.order):
        kind = KINDS.get(decision.kind, decision.kind)
        latest[decision.platform, decision.actor_id, kind] = decision.order
    profiles = find_profiles(world)
    unknown: dict[str, object] = dict.fromkeys(PROFILE_FIELDS)
    return ordered(
        [
            {
                "workspace_id": world.workspace.workspace_id,
                "participant_id": key(
                    world.workspace.workspace_id, decision.platform, decision.actor_id
                ),
                "platform": decision.platform,
                "platform_user_id": decision.actor_id,
                "username": name_in(
                    profiles.get((decision.platform, decision.actor_id), unknown)
                ),
                "decision": decision.kind,
                "decision_kind": KINDS.get(decision.kind, decision.kind),
                "reason": reason_of(decision),
                "is_in_effect": decision.order in latest.values(),
            }
            for decision in world.decisions
        ],
        "reason",
    )


def sentiment_labels(world: World, facts: Facts, labels: Sequence[Label]) -> list[Row]:
    """One row per net interaction, labeler and version, known actor or not."""
    rows: list[Row] = []
    for item in facts.net:
        delivered = said(item, "sentiment")
        applied = sentiment_of(item, labels)[1]
        found = [("source", None, delivered)] if delivered in SENTIMENTS else []
        given = labels_of(item, labels)
        ranked = [label for label in given if label.labeler == RANKED_LABELER]
        for labeler, version, sentiment in [
            *found,
            *((label.labeler, label.version, label.sentiment) for label in given),
        ]:
            is_newest = labeler == "source" or (
                bool(ranked) and (labeler, version) == (ranked[-1].labeler, ranked[-1].version)
            )
            rows.append(
                {
                    "interaction_id": interaction_id(world, item),
                    "follower_id": key_of(world, item, item.actor_id),
                    "workspace_id": world.workspace.workspace_id,
                    "platform": item.platform,
                    "labeler": labeler,
                    "labeler_version": version,
                    "sentiment": sentiment,
                    "is_applied": labeler == applied and is_newest,
                }
            )
    return ordered(rows, "interaction_id", "labeler", "labeler_version")


MARTS = {
    "participant_profiles": participant_profiles,
    "participant_context": participant_context,
    "interaction_history": interaction_history,
    "participant_profile_history": participant_profile_history,
    "participant_decisions": participant_decisions,
    "sentiment_labels": sentiment_labels,
}


def participant_marts(world: World, labels: Sequence[Label]) -> dict[str, list[Row]]:
    """Mart name -> its rows, as the specification has them."""
    facts = find_facts(world)
    return {name: mart(world, facts, labels) for name, mart in MARTS.items()}
