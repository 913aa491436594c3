"""Owners of places in a random history, and its placeholder accounts.

Shape:  the records of a history, its seed and its accounts -> the same records with owners of
        posts and kinds of actors, the accounts that the seed names, and decisions about them.
Units:  none.
Errors: none; the same arguments give the same answer.

All chance comes from a generator of its own: the other records of a history stay as they are.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from oracle import ActorKey, Decision

Record = dict[str, Any]

TRAITS = frozenset(
    {
        "audience by decision",
        "exporter",
        "own by decision",
        "own by seed",
        "owner of a post",
        "placeholder",
    }
)


@dataclass(frozen=True)
class Ownership:
    """Which accounts of a history are its own, by whom, and which stand for many."""

    seed: int
    owners: dict[tuple[str, str], str]  # a post -> the account that runs it
    exporters: frozenset[ActorKey]
    placeholders: frozenset[ActorKey]
    own_accounts: tuple[ActorKey, ...]
    decisions: tuple[Decision, ...]

    @property
    def traits(self) -> set[str]:
        """Return its traits."""
        decided = {decision.kind for decision in self.decisions}
        found = {
            "owner of a post": bool(self.owners),
            "exporter": bool(self.exporters),
            "placeholder": bool(self.placeholders),
            "own by seed": bool(self.own_accounts),
            "own by decision": "own" in decided,
            "audience by decision": "audience" in decided,
        }
        return {trait for trait, is_there in found.items() if is_there}

    def told(self, record: Record) -> Record:
        """Return the record as written by a source that knows who runs what."""
        if record["record"] == "post":
            place = (record["platform"], record["post_id"])
            if random.Random(f"removed {self.seed} {place}").random() < 0.1:
                record = {**record, "removed": True}
            owner = self.owners.get(place)
            return record if owner is None else {**record, "owner_id": owner}
        if record["record"] == "interaction":
            actor = (record["platform"], record.get("actor_id") or "")
            if actor in self.placeholders:
                return {**record, "actor_kind": "deleted"}
            chance = random.Random(f"export {self.seed} {record['platform']} {record['id']}")
            if actor in self.exporters and chance.random() < 0.5:
                return {**record, "actor_kind": "exporter"}
        return record


def ownership(seed: int, records: Iterable[Record], decisions: Sequence[Decision]) -> Ownership:
    """Choose owners, exporters and placeholders among the accounts of a history."""
    chance = random.Random(f"ownership {seed}")
    actors: set[ActorKey] = set()
    posts: set[tuple[str, str]] = set()
    for record in records:
        if record["record"] == "interaction" and record.get("actor_id") is not None:
            actors.add((record["platform"], record["actor_id"]))
        elif record["record"] == "post":
            posts.add((record["platform"], record["post_id"]))
    everybody, places = sorted(actors), sorted(posts)

    def some(most: int) -> list[ActorKey]:
        return chance.sample(everybody, min(chance.choice((0, 0, most)), len(everybody)))

    owned = chance.sample(places, min(chance.choice((0, 0, 2, 4)), len(places)))
    owners = {
        place: chance.choice(candidates)
        for place in owned
        if (candidates := [actor for platform, actor in everybody if platform == place[0]])
    }
    exporters, placeholders, own_accounts = some(1), some(2), some(1)
    concerned = sorted(
        {(platform, owner) for (platform, _), owner in owners.items()}
        | {*exporters, *placeholders, *own_accounts}
    )
    first = max((decision.order for decision in decisions), default=0) + 1
    decided = [
        Decision(first + number, chance.choice(("own", "audience", "audience")), *actor)
        for number in range(chance.choice((0, 0, 1, 3)))
        if everybody and (actor := chance.choice([*concerned, chance.choice(everybody)]))
    ]
    return Ownership(
        seed,
        owners,
        frozenset(exporters),
        frozenset(placeholders),
        tuple(own_accounts),
        tuple(decided),
    )
