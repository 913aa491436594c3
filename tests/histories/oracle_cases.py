"""Small worlds for tests of the oracle: records with defaults, and what a mart says of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import oracle
from oracle import Delivery, Row, Seeds, Workspace, World

AS_OF = datetime(2025, 6, 30, 12, tzinfo=UTC)  # a Monday
WEIGHTS = {
    "comment": Decimal(5),
    "like": Decimal(1),
    "share": Decimal(10),
    "save": Decimal(8),
    "profile_visit": Decimal(3),
    "link_click": Decimal(15),
}
TIERS = [("lurker", Decimal(10)), ("super_fan", Decimal(500)), ("active", Decimal(100))]
SEEDS = Seeds(WEIGHTS, TIERS, counter_metrics={"likeCount": "like", "diggs": "like"})
Record = dict[str, Any]


def ago(days: float) -> str:
    """Return the time some days before the instant, as a record writes it."""
    return (AS_OF - timedelta(days=days)).isoformat()


def did(native_id: str, **fields: Any) -> Record:
    """Return a like by ann on the post p1, yesterday, with other fields where given."""
    return {
        "record": "interaction",
        "platform": "tiktok",
        "id": native_id,
        "type": "like",
        "actor_id": "ann",
        "post_id": "p1",
        "occurred_at": ago(1),
        **fields,
    }


def post(post_id: str, platform: str = "tiktok", **fields: Any) -> Record:
    return {"record": "post", "platform": platform, "post_id": post_id, **fields}


def content(content_id: str, *posts: str, **fields: Any) -> Record:
    """Return a content item with posts named `platform/id`."""
    named = [dict(zip(("platform", "post_id"), name.split("/"), strict=True)) for name in posts]
    return {"record": "content", "content_id": content_id, "posts": named, **fields}


def profile(**fields: Any) -> Record:
    return {"record": "profile", "platform": "tiktok", "actor_id": "ann", **fields}


def counter(value: int, **fields: Any) -> Record:
    return {
        "record": "counter",
        "platform": "tiktok",
        "post_id": "p1",
        "metric": "likeCount",
        "value": value,
        **fields,
    }


def world(*runs: Sequence[Record], seeds: Seeds = SEEDS) -> World:
    """Return one load of records per run, received a minute apart just before as-of."""
    deliveries = [
        Delivery(
            run_seq,
            run_seq,
            line_no,
            received_at,
            record,
            oracle.documented_at(records, received_at),
        )
        for run_seq, records in enumerate(runs, start=1)
        for received_at in [AS_OF - timedelta(minutes=60 - run_seq)]
        for line_no, record in enumerate(records, start=1)
    ]
    return World(Workspace("acme"), deliveries, seeds, AS_OF)


def rows(mart: str, of: World, columns: str) -> list[tuple[object, ...]]:
    """Return some columns of a mart, named in one text with spaces."""
    return [tuple(row[name] for name in columns.split()) for row in oracle.marts(of)[mart]]


def only(mart: str, of: World) -> Row:
    """Return the one row of a mart."""
    (row,) = oracle.marts(of)[mart]
    return row


def many(**counts: int) -> list[Record]:
    """Return a number of interactions of each type."""
    return [
        did(f"{type_}{number}", type=type_)
        for type_, count in counts.items()
        for number in range(count)
    ]
