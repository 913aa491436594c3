"""Marts of histories: every interaction, and every state of a profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from oracle.accounts import PROFILE_FIELDS, as_named, shown_name
from oracle.descriptions import greatness, is_proven_by, proven_at
from oracle.facts import Facts
from oracle.interactions import described, known_deliveries, post_of
from oracle.labels import Label, interaction_id, sentiment_of
from oracle.participants import COUNTED
from oracle.rules import key, ordered
from oracle.world import ActorKey, Delivery, Row, World


def interaction_history(world: World, facts: Facts, labels: Sequence[Label]) -> list[Row]:
    """Return one row per net interaction of a known account."""
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
                    "is_post_removed": bool(post and post.is_removed),
                    **described(world, item),
                    "occurred_at": item.occurred_at,
                }
            )
    return ordered(rows, "interaction_id")


# which of two observations of one time is the later one
COMPARED_FIELDS = ("username", "display_name", "follower_count", "profile_url", "is_verified")


def participant_profile_history(
    world: World, _facts: Facts, _labels: Sequence[Label]
) -> list[Row]:
    """Return one row per account and state of its profile, oldest first."""
    observations: dict[ActorKey, dict[tuple[Any, ...], Delivery]] = {}
    for delivery in known_deliveries(world, "profile"):
        observed_at = proven_at(delivery)
        if is_proven_by(delivery, world.as_of):
            record = as_named(delivery.record)
            content = (
                observed_at or delivery.received_at,
                *(
                    (record.get(field) is not None, greatness(record.get(field) or 0))
                    for field in COMPARED_FIELDS
                ),
            )
            actor = (record["platform"], record["actor_id"])
            named = replace(delivery, record=record)
            observations.setdefault(actor, {})[content] = named  # the newest of the same
    rows: list[Row] = []
    for (platform, actor_id), found in observations.items():
        state: dict[str, object] = dict.fromkeys(PROFILE_FIELDS)
        versions: list[Row] = []
        for _, delivery in sorted(found.items(), key=lambda item: item[0]):
            said_now = {
                field: delivery.record[field]
                for field in PROFILE_FIELDS
                if delivery.record.get(field) is not None
            }
            if versions and {**state, **said_now} == state:
                continue
            state = {**state, **said_now}
            observed_at = proven_at(delivery)
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
