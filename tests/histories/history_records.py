"""Records of the exchange format for tests of histories, and their times as written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import oracle
from oracle import DAY
from random_histories import AS_OF, Record

LOCAL_TIME = "Europe/Berlin"  # in which times without a zone were meant


def did(native_id: str, occurred_at: datetime | None = AS_OF - DAY, **fields: Any) -> Record:
    """Return a comment by ann on p1, with other fields where given."""
    return {
        "record": "interaction",
        "platform": "tiktok",
        "id": native_id,
        "type": "comment",
        "actor_id": "ann",
        "post_id": "p1",
        "occurred_at": written(occurred_at),
        "text": f"said {native_id}",
        **fields,
    }


def written(moment: datetime | None) -> str | None:
    """Return a time as the exchange format writes it."""
    return None if moment is None else moment.astimezone(UTC).isoformat()


def naive(record: Record) -> Record:
    """Return the record with a local time without a zone; the loader rejects it."""
    moment = oracle.instant(record["occurred_at"])
    assert moment is not None
    local = moment.astimezone(ZoneInfo(LOCAL_TIME)).replace(tzinfo=None)
    return {**record, "occurred_at": local.isoformat()}


def is_naive(record: Mapping[str, Any]) -> bool:
    """Return whether a record's time lacks a zone."""
    value = record.get("occurred_at")
    return value is not None and datetime.fromisoformat(value).tzinfo is None


def in_local_time(record: Record) -> Record:
    """Return a naive record with its time in `LOCAL_TIME`."""
    moment = datetime.fromisoformat(record["occurred_at"])
    meant = moment.replace(tzinfo=ZoneInfo(LOCAL_TIME))
    return {**record, "occurred_at": written(meant)}


def ndjson(records: Sequence[Record]) -> bytes:
    """Return records as one file of the exchange format."""
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return "".join(lines).encode()
