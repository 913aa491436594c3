"""Decisions about accounts: which of them holds, and the mart of decisions."""

from __future__ import annotations

import random
from collections.abc import Sequence

from oracle.accounts import DECISION_KINDS, PROFILE_FIELDS, Follower, find_profiles, name_in
from oracle.facts import Facts
from oracle.labels import Label
from oracle.rules import key, ordered
from oracle.world import ActorKey, Decision, Row, World

KINDS = {
    **DECISION_KINDS,
    **{"flagged": "review", "unflagged": "review", "erased": "erasure"},
}


def some_flags(seed: int, actors: Sequence[ActorKey]) -> list[Decision]:
    """Return reviews of some accounts, which the history itself does not have."""
    chance = random.Random(f"flags {seed}")
    return [
        Decision(1000 + number, chance.choice(("flagged", "flagged", "unflagged")), *actor)
        for number in range(chance.choice((0, 1, 4)))
        if actors and (actor := chance.choice(actors))
    ]


def decided(world: World, follower: Follower) -> dict[str, Decision]:
    """Return the latest decision of each kind about an account."""
    latest: dict[str, Decision] = {}
    for decision in sorted(world.decisions, key=lambda decision: decision.order):
        if (decision.platform, decision.actor_id) == (follower.platform, follower.actor_id):
            latest[KINDS.get(decision.kind, decision.kind)] = decision
    return latest


def reason_of(decision: Decision) -> str:
    """Return the reason with which a decision is recorded."""
    return f"decision {decision.order}"


def participant_decisions(world: World, _facts: Facts, _labels: Sequence[Label]) -> list[Row]:
    """Return one row per decision."""
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
                    profiles.get((decision.platform, decision.actor_id), unknown),
                    decision.actor_id,
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
