"""Interactions of the oracle: from deliveries through versions to states in effect."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from oracle.rules import instant, key, mapped_type, shown_count
from oracle.world import TYPES, Delivery, PostKey, Row, World

IDENTITY_FIELDS = ("actor_id", "post_id", "occurred_at")
VERSIONED_FIELDS = (
    "type",
    "kind",
    "text",
    "sentiment",
    "thread_id",
    "parent_id",
    "metadata",
    "actor_kind",
)


@dataclass(frozen=True)
class Interaction:
    """What is known of an interaction after some set of its deliveries."""

    platform: str
    native_id: str
    actor_id: str | None
    post_id: str | None
    occurred_at: datetime | None
    received_at: datetime
    type: str | None  # canonical
    text: str | None
    actor_kind: str | None
    is_retracted: bool
    versioned: tuple[object, ...]  # all fields that an edit can change, to tell a change


@dataclass(frozen=True)
class Conflict:
    """A later delivery that contradicts what identifies an interaction."""

    order: tuple[int, int, int]
    platform: str
    native_id: str
    field: str


def known_deliveries(world: World, record_kind: str) -> list[Delivery]:
    """Return the records of one kind received by `known_at`, in delivery order."""
    deliveries = []
    for delivery in world.deliveries:
        if delivery.record["record"] != record_kind:
            continue
        if world.known_at is not None and delivery.received_at > world.known_at:
            continue
        deliveries.append(delivery)
    return sorted(deliveries, key=lambda delivery: delivery.order)


def deliveries_per_interaction(world: World) -> dict[tuple[str, str], list[Delivery]]:
    """Platform and native id -> the deliveries of that interaction, as they were received."""
    groups: dict[tuple[str, str], list[Delivery]] = {}
    deliveries = known_deliveries(world, "interaction")
    for delivery in sorted(deliveries, key=lambda delivery: delivery.receipt):
        identity = (delivery.record["platform"], delivery.record["id"])
        groups.setdefault(identity, []).append(delivery)
    return groups


def identity_value(record: Mapping[str, Any], field: str) -> Any:
    """Return the value of an identity field, times as instants so that offsets don't matter."""
    value = record.get(field)
    return instant(value) if field == "occurred_at" else value


def first_known(deliveries: Sequence[Delivery], field: str) -> Any:
    """Return the first known value in the order of receipt; of accounts one with an id."""
    values = [identity_value(delivery.record, field) for delivery in deliveries]
    known = [value for value in values if value is not None]
    if field == "actor_id":
        known.sort(key=is_provisional)
    return known[0] if known else None


def is_provisional(actor_id: str) -> bool:
    """Return whether a name stands for an account whose id is not known yet."""
    return actor_id.startswith("@")


def version_at(delivery: Delivery) -> datetime:
    """Return the time of a version: its own, else its document's, or a retraction's receipt."""
    own = instant(delivery.record.get("version_at"))
    if own is not None:
        return own
    if delivery.record.get("retracted") or delivery.documented_at is None:
        return delivery.received_at
    return delivery.documented_at


def is_dated(delivery: Delivery) -> bool:
    """Return whether the platform states the time of a version."""
    return delivery.record.get("version_at") is not None


def best_of_one_time(deliveries: Sequence[Delivery]) -> Delivery:
    """Return the version that counts of those of one time.

    Without a time of its own it is the last received; else the one that retracts, then the
    longer text, then the greater.
    """

    def rank(delivery: Delivery) -> tuple[object, ...]:
        record = delivery.record
        text, kind = record.get("text"), record.get("kind")
        return (
            None if is_dated(delivery) else (delivery.received_at, delivery.line_no),
            bool(record.get("retracted")),
            (text is not None, len(text or ""), text or ""),
            (kind is not None, len(kind or ""), kind or ""),
            record.get("type") or "",
            (record.get("actor_kind") is not None, record.get("actor_kind") or ""),
        )

    if is_dated(deliveries[0]):
        return max(deliveries, key=lambda delivery: rank(delivery)[1:])
    return max(deliveries, key=rank)


def versions_of(
    deliveries: Sequence[Delivery], occurred_at: datetime | None
) -> list[tuple[datetime, Delivery]]:
    """Return the versions of an interaction, oldest first, with the time each holds from.

    Where the platform dates a change, what is not dated is from before the first of them; but
    a retraction is a change at its receipt.
    """
    of_one_time: dict[tuple[datetime, bool], list[Delivery]] = {}
    for delivery in deliveries:
        of_one_time.setdefault((version_at(delivery), is_dated(delivery)), []).append(delivery)
    changes = [
        at for at, dated in of_one_time if dated and (occurred_at is None or at > occurred_at)
    ]
    versions = []
    for (at, dated), some in of_one_time.items():
        best = best_of_one_time(some)
        may_be_original = not dated and not best.record.get("retracted")
        held_from = min([at, *changes]) if may_be_original else at
        versions.append((held_from, dated, at, best))
    versions.sort(key=lambda version: version[:3])
    return [(held_from, best) for held_from, _, _, best in versions]


def newest_version(deliveries: Sequence[Delivery]) -> Delivery:
    """Return the version of an interaction that stands in the end; in the order of receipt."""
    return versions_of(deliveries, first_known(deliveries, "occurred_at"))[-1][1]


def states_of(
    deliveries: Sequence[Delivery],
) -> list[tuple[Interaction, datetime | None]]:
    """Return the states of one interaction and when each takes effect; None means always.

    The first holds from the event, a later one from its version's time; a version that says
    the same as the one before adds none. Given in the order of receipt.
    """
    actor_id, post_id, occurred_at = (
        first_known(deliveries, field) for field in IDENTITY_FIELDS
    )
    states: list[tuple[Interaction, datetime | None]] = []
    for held_from, delivery in versions_of(deliveries, occurred_at):
        record = delivery.record
        state = Interaction(
            platform=record["platform"],
            native_id=record["id"],
            actor_id=actor_id,
            post_id=post_id,
            occurred_at=occurred_at,
            received_at=deliveries[0].received_at,
            type=mapped_type(record.get("type")),
            text=record.get("text"),
            actor_kind=record.get("actor_kind"),
            is_retracted=bool(record.get("retracted")),
            versioned=tuple(record.get(field) for field in VERSIONED_FIELDS),
        )
        if not states:
            states.append((state, occurred_at))
        elif state != states[-1][0]:
            since = held_from if occurred_at is None else max(held_from, occurred_at)
            states.append((state, since))
    return states


def interactions_in_effect(world: World) -> list[Interaction]:
    """Gross: the state as of `as_of` of every interaction that has one, retracted or not."""
    in_effect = []
    for deliveries in deliveries_per_interaction(world).values():
        begun = [
            state
            for state, effective_from in states_of(deliveries)
            if effective_from is None or effective_from <= world.as_of
        ]
        in_effect += begun[-1:]
    return in_effect


def occurrence_times(interactions: Iterable[Interaction]) -> list[datetime]:
    """Return the times that are known, of some interactions."""
    return [item.occurred_at for item in interactions if item.occurred_at is not None]


def conflicts(world: World) -> list[Conflict]:
    """Return the identity values that contradict the first received, in delivery order."""
    found = []
    for (platform, native_id), deliveries in deliveries_per_interaction(world).items():
        for field in IDENTITY_FIELDS:
            holds = first_known(deliveries, field)
            for delivery in deliveries:
                value = identity_value(delivery.record, field)
                if value is None or (field == "actor_id" and is_provisional(value)):
                    continue
                if value != holds:
                    found.append(Conflict(delivery.order, platform, native_id, field))
    return sorted(found, key=lambda conflict: (conflict.order, conflict.field))


def weighted_score(world: World, interactions: Iterable[Interaction]) -> Decimal:
    """Return the sum of the weights of these interactions' types."""
    score = Decimal(0)
    for interaction in interactions:
        if interaction.type is not None:
            score += world.seeds.weights.get(interaction.type, Decimal(0))
    return score


def post_of(interaction: Interaction) -> PostKey | None:
    """Return the post on which something was done, if it is known."""
    if interaction.post_id is None:
        return None
    return (interaction.platform, interaction.post_id)


def on_posts(
    interactions: Iterable[Interaction], posts: Iterable[PostKey]
) -> list[Interaction]:
    """Return the interactions with one of these posts, known actor or not."""
    wanted = set(posts)
    return [interaction for interaction in interactions if post_of(interaction) in wanted]


def said(interaction: Interaction, field: str) -> Any:
    """Return a field that an edit can change."""
    return interaction.versioned[VERSIONED_FIELDS.index(field)]


def key_of(world: World, interaction: Interaction, native_id: str | None) -> uuid.UUID | None:
    """Return the key of something on the platform of an interaction."""
    if native_id is None:
        return None
    return key(world.workspace.workspace_id, interaction.platform, native_id)


def described(world: World, interaction: Interaction) -> Row:
    """Return what marts of single interactions say of each, beside who, what and when."""
    return {
        "post_id": key_of(world, interaction, interaction.post_id),
        "thread_id": key_of(world, interaction, said(interaction, "thread_id")),
        "parent_id": key_of(world, interaction, said(interaction, "parent_id")),
        "native_type": said(interaction, "type"),
        "native_kind": said(interaction, "kind"),
        "received_at": interaction.received_at,
    }


def counts_per_type(
    world: World, platform: str, net: Sequence[Interaction]
) -> dict[str, int | None]:
    """Return the counts of one platform's interactions, by column name of every type."""
    counts = {}
    for type_ in TYPES:
        count = sum(1 for interaction in net if interaction.type == type_)
        counts[f"{type_}_count"] = shown_count(world, platform, type_, count)
    return counts
