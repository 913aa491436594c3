"""Sentiment labels: which label of a text holds, the trend of an account, their mart."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from oracle.accounts import Follower
from oracle.facts import Facts
from oracle.interactions import Interaction, key_of, said
from oracle.rules import key, ordered
from oracle.world import Delivery, Row, World

SENTIMENTS = ("positive", "neutral", "negative")
WINDOW = 6
FEW_LABELS = 3
RANKED_LABELER = "vader"


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


def some_labels(
    seed: int, run_seq: int, deliveries: Sequence[Delivery], known: Sequence[Label]
) -> list[Label]:
    """Return labels of some texts that runs have delivered, lately or long ago."""
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


def interaction_id(world: World, interaction: Interaction) -> Any:
    """Return the key of an interaction."""
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
    """Return the labels of the very text of an interaction, oldest first; one per version."""
    newest: dict[tuple[str, str], Label] = {}
    for label in labels:
        same = (label.platform, label.native_id, label.text)
        if same == (interaction.platform, interaction.native_id, interaction.text):
            newest[label.labeler, label.version] = label
    return sorted(newest.values(), key=lambda label: label.order)


def sentiment_of(
    interaction: Interaction, labels: Sequence[Label]
) -> tuple[str | None, str | None]:
    """Return the sentiment and its source: the platform, else the newest ranked label."""
    delivered = said(interaction, "sentiment")
    if delivered in SENTIMENTS:
        return delivered, "source"
    ranked = [item for item in labels_of(interaction, labels) if item.labeler == RANKED_LABELER]
    return (ranked[-1].sentiment, RANKED_LABELER) if ranked else (None, None)


def window_labels(world: World, follower: Follower, labels: Sequence[Label]) -> list[str]:
    """Return the labels among the newest interactions of known time."""
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


def sentiment_labels(world: World, facts: Facts, labels: Sequence[Label]) -> list[Row]:
    """Return one row per net interaction, labeler and version, known actor or not."""
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
