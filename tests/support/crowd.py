"""A crowd of whom everybody is known by values that nobody else has, in a random history.

Source: the exchange format.
Shape:  a `Member` has what is delivered about somebody, and by what a trace is recognised.
        Members write about each other, answer each other, and share posts.
Units:  none.
Errors: none.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from direct_landing import line

from loaders.privacy.forgetting import natural_key

PLATFORMS = ("web", "forum", "instagram")
TYPES = ("comment", "comment", "comment", "like", "share", "message")


@dataclass
class Member:
    """Somebody of the crowd."""

    number: int
    platform: str
    records: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)  # of what they did and wrote

    @property
    def actor_id(self) -> str:
        """The platform's id."""
        return f"vq-account-{self.number}x"

    @property
    def username(self) -> str:
        """The user name; of some it is not of letters alone."""
        return f"vq.handle{self.number}x" if self.number % 3 else f"vqë_{self.number}x"

    @property
    def values(self) -> list[str]:
        """What must be found nowhere once the member is erased; also hashes without the key."""
        ids = [self.actor_id, *self.keys]
        hashes = [str(natural_key("acme", self.platform, each)) for each in ids]
        digest = hashlib.sha256(self.actor_id.encode()).hexdigest()
        return [*ids, self.username, f"vqtext{self.number}x", *hashes, digest]


def crowd(rng: random.Random, count: int) -> list[Member]:
    """Return so many members with what they did."""
    members = [Member(number, rng.choice(PLATFORMS)) for number in range(count)]
    for member in members:
        _act(rng, member, members)
    return members


def _act(rng: random.Random, member: Member, members: Sequence[Member]) -> None:
    """Let a member do something random."""
    place = {"platform": member.platform}
    for _ in range(rng.randint(1, 6)):
        key = f"vq-action-{member.number}x-{len(member.keys)}"
        kind, text = rng.choice(TYPES), f"vqtext{member.number}x"
        peers = [each for each in members[: member.number] if each.platform == member.platform]
        peer = rng.choice(peers) if peers else None
        if peer is not None and rng.random() < 0.4:
            text += f" @{peer.username}, {peer.actor_id}"
        more = {"parent_id": rng.choice(peer.keys)} if peer and rng.random() < 0.3 else {}
        member.records.append(
            line(
                0,
                id=key,
                actor_id=rng.choice((member.actor_id, member.actor_id, f"@{member.username}")),
                type=kind,
                text=None if kind in ("like", "share") else text,
                post_id=f"post{rng.randrange(40)}",
                occurred_at=f"2026-03-{rng.randint(1, 28):02d}T{rng.randrange(24):02d}:00:00Z",
                **place,
                **more,
            )
        )
        member.keys.append(key)
    name = {"username": member.username, "display_name": f"vqtext{member.number}x"}
    told = {"record": "profile", "actor_id": member.actor_id, **name, **place}
    member.records.append(json.dumps(told).encode() + b"\n")
    if rng.random() < 0.2:
        key = f"vq-post-{member.number}x"
        told = {"record": "post", "post_id": key, "author_id": member.actor_id, **place}
        member.records.append(json.dumps({**told, "title": member.username}).encode() + b"\n")
        member.keys.append(key)
    if rng.random() < 0.2:  # rejected: it has no time that is one
        member.records.append(
            line(
                0,
                id=f"bad-{member.number}",
                actor_id=member.username,
                occurred_at="no",
                **place,
            )
        )


def deliver(file: Path, members: Iterable[Member], number: int) -> None:
    """Write what is delivered about members; another number makes other bytes of it."""
    records = [record for member in members for record in member.records]
    file.write_bytes(b"".join(records) + b" " * number + b"\n")


def request(file: Path, members: Iterable[Member]) -> None:
    """Write a list of members for `warehouse privacy erase --from`."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["person", "platform", "actor_id"])
        rows.writerows([each.number, each.platform, each.actor_id] for each in members)
