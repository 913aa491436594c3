"""Rules of the oracle that need no interactions: keys, instants, weeks, tiers, counts."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from oracle.world import TYPES, WEEKDAYS, Row, Seeds, Workspace, World


def key(*parts: str) -> uuid.UUID:
    """Return the uuid of natural ids: md5 of the parts joined with U+001F."""
    return uuid.UUID(hashlib.md5("\x1f".join(parts).encode()).hexdigest())


def instant(value: Any) -> datetime | None:
    """Return a time of a record (ISO 8601 with offset) in UTC; None stays None."""
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC)


def documented_at(
    records: Iterable[Mapping[str, Any]], received_at: datetime
) -> datetime | None:
    """Return the newest time that a load's records prove, not later than its receipt."""
    fields = {
        "interaction": ("version_at", "occurred_at"),
        "post": ("observed_at", "posted_at"),
        "profile": ("observed_at",),
        "counter": ("observed_at",),
    }
    proven = []
    for record in records:
        times = [instant(record.get(name)) for name in fields.get(record["record"], ())]
        proven += [time for time in times if time is not None][:1]
    return max((time for time in proven if time <= received_at), default=None)


def in_window(moment: datetime | None, start: datetime, end: datetime) -> bool:
    """Return whether a known time lies in (start, end]."""
    return moment is not None and start < moment <= end


def local_date(workspace: Workspace, moment: datetime) -> date:
    """Return the day of an instant on the workspace's calendar."""
    return moment.astimezone(ZoneInfo(workspace.time_zone)).date()


def week_of(workspace: Workspace, moment: datetime) -> date:
    """Return the first day of the workspace's week in which an instant lies."""
    day = local_date(workspace, moment)
    return day - timedelta(days=(day.weekday() - WEEKDAYS.index(workspace.week_start)) % 7)


def week_end(workspace: Workspace, week: date) -> datetime:
    """Return the instant at which the week that starts on `week` is over."""
    zone = ZoneInfo(workspace.time_zone)
    return datetime.combine(week + timedelta(days=7), time(0), tzinfo=zone).astimezone(UTC)


def tier_of(seeds: Seeds, score: Decimal) -> str:
    """Return the tier with the highest threshold that a score reaches, else inactive."""
    reached = [(threshold, tier) for tier, threshold in seeds.tiers if score >= threshold]
    return max(reached)[1] if reached else "inactive"


def mapped_type(native_type: str | None) -> str | None:
    """Return the canonical type of a native one, or None where the vocabulary lacks it."""
    return native_type if native_type in TYPES else None


def shown_count(world: World, platform: str, metric: str, count: int) -> int | None:
    """Return an observed count, or None where its being zero says nothing."""
    if count > 0:
        return count
    today = world.as_of.date()
    valid = []
    for capability in world.seeds.capabilities_by_metric.get((platform, metric), ()):
        if capability.valid_from is not None and today < capability.valid_from:
            continue
        if capability.valid_to is not None and today >= capability.valid_to:
            continue
        valid.append(capability)
    if not valid:
        return 0
    newest = max(valid, key=lambda capability: capability.valid_from or date.min)
    if newest.support == "unsupported" or newest.names_people is False:
        return None
    return 0


def total(counts: Iterable[int | None]) -> int | None:
    """Return the sum of what is known; None where nothing is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def ordered(rows: Iterable[Row], *columns: str) -> list[Row]:
    """Return the rows, ordered by the text of these columns."""
    return sorted(rows, key=lambda row: tuple(str(row[column]) for column in columns))
