"""Accounts of the oracle: what they did, their profiles and why some are excluded."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from oracle.descriptions import is_proven_by, newest_known
from oracle.interactions import Interaction, known_deliveries, occurrence_times, weighted_score
from oracle.rules import key, tier_of
from oracle.world import ActorKey, Delivery, World

SHORT_ID = 12
PROFILE_FIELDS = ("username", "display_name", "profile_url", "follower_count", "is_verified")
# Decisions that undo each other are one kind, of which the latest holds.
DECISION_KINDS = {
    "bot": "bot",
    "not_bot": "bot",
    "staff": "staff",
    "not_staff": "staff",
    "vip": "vip_status",
    "normal": "vip_status",
    "blocked": "vip_status",
    "own": "ownership",
    "audience": "ownership",
    "opted_out": "opt_out",
    "opted_in": "opt_out",
}
HIDDEN = ("erased", "opted_out")  # in no list
# the first that holds
EXCLUSIONS = ("erased", "opted_out", "blocked", "own_account", "bot", "staff", "deleted")


@dataclass(frozen=True)
class Follower:
    """An account, what it did (net), and what follows from that."""

    follower_id: uuid.UUID
    platform: str
    actor_id: str
    profile: Mapping[str, object]
    net: tuple[Interaction, ...]
    gross_interaction_count: int
    score: Decimal
    tier: str
    first_seen: datetime | None
    last_seen: datetime | None
    first_landed_at: datetime | None
    exclusion_reason: str | None
    is_placeholder: bool  # stands for many people who have gone


def find_profiles(world: World) -> dict[ActorKey, dict[str, object]]:
    """Per account with a profile: the newest known value of every attribute."""
    deliveries: dict[ActorKey, list[Delivery]] = {}
    for delivery in known_deliveries(world, "profile"):
        if not is_proven_by(delivery, world.as_of):
            continue
        actor = (delivery.record["platform"], delivery.record["actor_id"])
        named = replace(delivery, record=as_named(delivery.record))
        deliveries.setdefault(actor, []).append(named)
    return {
        actor: {field: newest_known(observed, field) for field in PROFILE_FIELDS}
        for actor, observed in deliveries.items()
    }


def place_owners(world: World) -> set[ActorKey]:
    """Return the accounts that any post record names as the owner of its place."""
    return {
        (delivery.record["platform"], delivery.record["owner_id"])
        for delivery in known_deliveries(world, "post")
        if delivery.record.get("owner_id") is not None
    }


def as_named(profile: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the profile without names of nothing, and without the @ before a username."""
    named = dict(profile)
    for field in ("username", "display_name"):
        name = (named.get(field) or "").strip(" \n\u200b\u00a0")
        if field == "username" and (name == "@" or profile["platform"] != "youtube"):
            name = name.removeprefix("@")
        named[field] = (named.get(field) if field == "display_name" else name) if name else None
    return named


def exclusion_reason(world: World, actor: ActorKey, gross: Sequence[Interaction]) -> str | None:
    """Return why an account takes no part in leaderboards, or None if it does."""
    latest: dict[str, str] = {}
    for decision in sorted(world.decisions, key=lambda decision: decision.order):
        if (decision.platform, decision.actor_id) == actor:
            latest[DECISION_KINDS.get(decision.kind, decision.kind)] = decision.kind
    decided = set(latest.values())
    kinds = {interaction.actor_kind for interaction in gross}
    if "bot" in kinds and "not_bot" not in decided:
        decided.add("bot")
    is_owner = actor in world.own_accounts or actor in place_owners(world)
    if "own" in decided or ((is_owner or "exporter" in kinds) and "audience" not in decided):
        decided.add("own_account")
    if "deleted" in kinds:
        decided.add("deleted")
    for reason in EXCLUSIONS:
        if reason in decided:
            return reason
    return None


def find_followers(world: World, gross: Sequence[Interaction]) -> list[Follower]:
    """Return every account that did something or has a profile."""
    profiles = find_profiles(world)
    actors = set(profiles)
    for interaction in gross:
        if interaction.actor_id is not None:
            actors.add((interaction.platform, interaction.actor_id))
    followers = []
    for actor in sorted(actors):
        platform, actor_id = actor
        own = [
            interaction
            for interaction in gross
            if (interaction.platform, interaction.actor_id) == actor
        ]
        net = [interaction for interaction in own if not interaction.is_retracted]
        times = occurrence_times(net)
        score = weighted_score(world, net)
        followers.append(
            Follower(
                follower_id=key(world.workspace.workspace_id, platform, actor_id),
                platform=platform,
                actor_id=actor_id,
                profile=profiles.get(actor, dict.fromkeys(PROFILE_FIELDS)),
                net=tuple(net),
                gross_interaction_count=len(own),
                score=score,
                tier=tier_of(world.seeds, score),
                first_seen=min(times, default=None),
                last_seen=max(times, default=None),
                first_landed_at=min((item.received_at for item in own), default=None),
                exclusion_reason=exclusion_reason(world, actor, own),
                is_placeholder=any(item.actor_kind == "deleted" for item in own),
            )
        )
    return followers


def shown_name(follower: Follower) -> object:
    """Return the name that people see of an account."""
    return name_in(follower.profile, follower.actor_id)


def name_in(profile: Mapping[str, object], actor_id: str) -> object:
    """Return the username, else the display name, else the id or the end of a long one."""
    short = actor_id if len(actor_id) <= SHORT_ID else f"…{actor_id[1 - SHORT_ID :]}"
    known = (profile["username"], profile["display_name"], short)
    return next(name for name in known if name is not None)
