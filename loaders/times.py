"""The dialects in which platforms write a time, as aware UTC datetimes.

Source: RFC 3339 and its relatives (space for T, +0000, any number of fraction digits); the
        words of the C library with the zone before the year; seconds, milli-, micro- or
        nanoseconds since 1970; the format says which.
Shape:  a text or a number in, one datetime out; None stays None.
Units:  UTC, microseconds; what is finer is cut off, never rounded into the next second.
Errors: RecordError (invalid_time, naive_time, time_out_of_range) naming the key.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from loaders.records import Reason, RecordError

Unit = Literal["s", "ms", "us", "ns", "s or ms"]

YEARS = range(1990, 2100)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
    r" ?(?:[Zz]|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_USUAL_LENGTH = len("2026-03-01T10:00:00Z")  # nearly all times look like this: no regex
_USUAL_MARKS = "2026-03-01T10:00:00Z"[4::3]
_NUMBER = re.compile(r"-?[0-9]+")
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_MICROSECONDS = 1_000_000
_MS_FROM = 100_000_000_000  # as seconds the year 5138, as milliseconds 1973
_LONGEST_NUMBER = 25


def zone(name: str) -> tzinfo:
    """Return the time zone of that IANA name; ValueError with a sentence if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f"{name!r} is not a time zone, such as Europe/Berlin or UTC"
        ) from error


def instant(text: str | None, key: str, local: tzinfo | None = None) -> datetime | None:
    """Read an ISO time. `local` is the declared zone of times that carry none."""
    if text is None:
        return None
    is_usual = len(text) == _USUAL_LENGTH and text[4::3] == _USUAL_MARKS
    if not is_usual and _ISO.fullmatch(text) is None:
        raise RecordError(Reason.INVALID_TIME, f"{key} is not an ISO 8601 time")
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = _relaxed(text, key)
    if time.tzinfo is None:
        if local is None:
            raise RecordError(
                Reason.NAIVE_TIME, f"{key} has no time zone: declare one with --timezone"
            )
        time = time.replace(tzinfo=local)
    if time.tzinfo is not UTC:
        try:
            time = time.astimezone(UTC)
        except OverflowError:
            raise _out_of_range(key) from None
    if time.year in YEARS:
        return time
    raise _out_of_range(key)


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_WORDS = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ({'|'.join(_MONTHS)}) ([0-9]{{2}})"
    r" ([0-9]{2}:[0-9]{2}:[0-9]{2}) ([+-][0-9]{4}) ([0-9]{4})"
)


def in_words(text: str | None, key: str) -> datetime | None:
    """Read a time like `Fri Dec 04 17:17:00 +0000 2020`."""
    if text is None:
        return None
    found = _WORDS.fullmatch(text)
    if found is None:
        raise RecordError(Reason.INVALID_TIME, f"{key} is not a time in words")
    month, day, clock, offset, year = found.groups()
    return instant(f"{year}-{_MONTHS.index(month) + 1:02}-{day}T{clock}{offset}", key)


def epoch(value: int | str | None, key: str, unit: Unit) -> datetime | None:
    """Read a time counted from 1970, a number or the same as text, in the format's unit."""
    if value is None:
        return None
    if isinstance(value, str):
        if _NUMBER.fullmatch(value) is None:
            raise RecordError(Reason.INVALID_TIME, f"{key} is not a whole number")
        if len(value) > _LONGEST_NUMBER:
            raise _out_of_range(key)
        value = int(value)
    if unit == "s or ms":
        unit = "ms" if abs(value) >= _MS_FROM else "s"
    per_second = _PER_SECOND[unit]
    seconds, rest = divmod(value, per_second)
    try:
        time = EPOCH + timedelta(0, seconds, rest * _MICROSECONDS // per_second)
    except OverflowError:
        raise _out_of_range(key) from None
    if time.year in YEARS:
        return time
    raise _out_of_range(key)


def _relaxed(text: str, key: str) -> datetime:
    """What RFC 3339 allows and the standard library does not: small letters, leap seconds."""
    plain = text.upper().replace(" UTC", "Z").replace("UTC", "Z").replace(" Z", "Z")
    plain = plain.replace(" +", "+").replace(" -", "-")
    if plain[16:19] == ":60":
        plain = plain[:16] + ":59" + plain[19:]
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        raise RecordError(Reason.INVALID_TIME, f"{key} is not a time of the calendar") from None


def _out_of_range(key: str) -> RecordError:
    return RecordError(Reason.TIME_OUT_OF_RANGE, f"{key} is before 1990 or after 2099")
