"""How values are written on pages.

Source: values as JSON has them: numbers, texts, days and times as ISO 8601.
Shape:  a short text; null is a dash.
Units:  times in the workspace's zone; rates as per cent; durations from milliseconds.
Errors: none; a text that is no time stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SCORED = {
    "comment_count": "comments",
    "like_count": "likes",
    "share_count": "shares",
    "save_count": "saves",
}
NONE = "–"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def zone_of(name: str) -> tzinfo:
    """Return a time zone; UTC where this machine does not know the name."""
    with suppress(ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(name)
    return UTC


def number(value: Any, places: int = 2) -> str:
    """Write a number with separators, and at most so many decimal places."""
    if value is None:
        return NONE
    step = Decimal(1).scaleb(-places)
    rounded = Decimal(str(value)).quantize(step, ROUND_HALF_UP)
    text = f"{rounded:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def percent(value: Any) -> str:
    """Write a rate as per cent."""
    return NONE if value is None else f"{number(Decimal(str(value)) * 100, 1)} %"


def change(now: Any, before: Any) -> str | None:
    """Write how a number changed; null where there is nothing to compare it with."""
    if now is None or before is None:
        return None
    difference = Decimal(str(now)) - Decimal(str(before))
    sign = "+" if difference > 0 else ""
    if not before or abs(difference) < 10:
        return f"{sign}{number(difference)}"
    return f"{sign}{number(difference / Decimal(str(before)) * 100, 0)} %"


def instant(value: Any) -> datetime | None:
    """Return a time; null where there is none."""
    with suppress(ValueError, TypeError):
        return datetime.fromisoformat(value)
    return None


def time(value: Any, zone: tzinfo) -> str:
    """Write a time in a zone, to the minute."""
    found = instant(value)
    if found is None:
        return NONE if value is None else str(value)
    local = found.astimezone(zone)
    return f"{day(local.date().isoformat())}, {local:%H:%M}"


def day(value: Any) -> str:
    """Write a day."""
    if value is None:
        return NONE
    with suppress(ValueError):
        found = date.fromisoformat(str(value)[:10])
        return f"{found.day} {MONTHS[found.month - 1]} {found.year}"
    return str(value)


def duration(milliseconds: Any) -> str:
    """Write a duration in seconds, or in minutes and seconds."""
    if milliseconds is None:
        return NONE
    seconds = Decimal(str(milliseconds)) / 1000
    if seconds < 60:
        return f"{number(seconds, 1)} s"
    whole = int(seconds)
    return f"{number(whole // 60)} min {whole % 60} s"


def words(name: Any) -> str:
    """Write a name of the warehouse's own vocabulary as words."""
    return NONE if name is None else str(name).replace("_", " ")


def not_provided(rows: Sequence[Mapping[str, Any]], nouns: Mapping[str, str]) -> str:
    """Return a sentence about the numbers that platforms do not tell; empty without one.

    `rows` are of platforms; a column of `nouns` that is null in all rows of a platform is not
    provided by it.
    """
    platforms = sorted({row["platform"] for row in rows})
    parts = []
    for name, noun in nouns.items():
        missing = [
            words(platform)
            for platform in platforms
            if all(row[name] is None for row in rows if row["platform"] == platform)
        ]
        if missing:
            parts.append(f"{noun} by {', '.join(missing)}")
    return f" Not provided: {'; '.join(parts)}." if parts else ""


def ago(seconds: float) -> str:
    """Write how long ago something was."""
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{number(count)} {name}{'' if count == 1 else 's'} ago"
    return "just now"
