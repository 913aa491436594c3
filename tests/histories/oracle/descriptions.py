"""Descriptions: which of several descriptions of one thing holds.

Posts, profiles and counters are described again and again; the newest known value counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from oracle.rules import instant
from oracle.world import Delivery


def is_proven_by(delivery: Delivery, as_of: datetime) -> bool:
    """Return whether a description is not newer than an instant; one of unknown time counts."""
    at = proven_at(delivery)
    return at is None or at <= as_of


def proven_at(delivery: Delivery) -> datetime | None:
    """Return how new a description is: by its own time, else by what its document proves."""
    return instant(delivery.record.get("observed_at")) or delivery.documented_at


def newest_known(deliveries: Sequence[Delivery], field: str) -> Any:
    """Return the newest known value; of equally new ones the longer or greater."""
    known = [
        (proven_at(item) or item.received_at, greatness(item.record[field]), item.record[field])
        for item in deliveries
        if item.record.get(field) is not None
    ]
    return max(known, key=lambda value: value[:2])[2] if known else None


def greatness(value: Any) -> tuple[object, ...]:
    """Return what makes one of two values that are equally new hold."""
    return (len(value), value) if isinstance(value, str) else (value,)
