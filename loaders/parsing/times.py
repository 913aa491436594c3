"""The dialects in which platforms write a time, as aware UTC datetimes.

Source: RFC 3339 and its relatives (space for T, +0000, any number of fraction digits); the
        words of the C library with the zone before the year; seconds, milli-, micro- or
        nanoseconds since 1970; the format says which; dates as a person's settings write them.
Shape:  a text or a number in, one datetime out; None stays None.
Units:  UTC, microseconds; what is finer is cut off, never rounded into the next second.
Errors: RecordError (invalid_time, naive_time, time_out_of_range) naming the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from loaders.records import Reason, RecordError, TimePrecision

Unit = Literal["s", "ms", "us", "ns", "s or ms"]

_FIRST_YEAR, _LAST_YEAR = 1990, 2099
YEARS = range(_FIRST_YEAR, _LAST_YEAR + 1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
    r" ?(?:[Zz]|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_USUAL_LENGTH = len("2026-03-01T10:00:00Z")  # nearly all times look like this: no regex
_USUAL_MARKS = "2026-03-01T10:00:00Z"[4::3]
_read = datetime.fromisoformat
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
        time = _read(text)
    except ValueError:
        time = _relaxed(text, key)
    if is_usual and _FIRST_YEAR <= time.year <= _LAST_YEAR:  # in UTC: it ends with Z
        return time
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


# Local dates: what people's own settings make of a date -----------------------------------

Order = Literal["dmy", "mdy"]
ORDERS: tuple[Order, ...] = ("dmy", "mdy")

_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u061c"))
_CLOCK = (
    r"(?:,? (?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d(?:[.,]\d{1,9})?))?"
    r"(?: ?(?P<half>[AaPp])\.? ?[Mm]\.?)?(?: ?(?P<offset>Z|UTC|[+-]\d\d(?::?\d\d)?))?)?"
)
_WORDED = re.compile(
    r"(?P<day>\d{1,2})[- ](?P<word>[A-Za-z]{3})[- ](?P<year>\d{4}|\d\d)" + _CLOCK, re.ASCII
)
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?P<mark>[./-]) ?(?P<month>\d{1,2})(?P=mark) ?(?P<day>\d{1,2})\.?"
    + _CLOCK,
    re.ASCII,
)
_YEAR_LAST = re.compile(
    r"(?P<one>\d{1,2})(?P<mark>[./-]) ?(?P<two>\d{1,2})(?P=mark) ?(?P<year>\d{4}|\d\d)\.?"
    + _CLOCK,
    re.ASCII,
)
_LAST_MONTH = 12
_LOOKED_AT = 1_000  # rows without such a date: then the file has other ones


def date_order(texts: Iterable[str]) -> Order | None:
    """Return in which order the dates of a file name day and month, as far as it shows.

    One date with a day above 12 settles it; None where none does, or where they disagree.
    """
    orders: set[Order] = set()
    others = 0
    for text in texts:
        found = None if _ISO.fullmatch(text) else _YEAR_LAST.fullmatch(_plain(text))
        if found is None:
            others += 1
            if others == _LOOKED_AT and not orders:
                return None
        elif (order := _own_order(found)) is not None:
            orders.add(order)
    return orders.pop() if len(orders) == 1 else None


def local_moment(
    text: str, key: str, local: tzinfo | None = None, order: Order | None = None
) -> tuple[datetime, TimePrecision]:
    """Read a date and time as the settings of a person's computer write it.

    `06.10.2023 00:37`, `27/10/2023`, `4/22/2021 3:17 PM`, `05-Dec-19 06:51 PM`, `2023/10/06`
    and ISO, with any blank of Unicode. A date with dots has its day first. Where only the
    order tells day and month apart, `order` decides. Two digits of a year are of this century.
    """
    if _ISO.fullmatch(text) is not None:  # as most files have it
        return _with_precision(text, key, local)
    plain = _plain(text)
    if found := _WORDED.fullmatch(plain):
        word = found["word"].title()
        if word not in _MONTHS:
            raise RecordError(Reason.INVALID_TIME, f"{key} has a month that is not English")
        day, month = found["day"], str(_MONTHS.index(word) + 1)
    elif found := _YEAR_LAST.fullmatch(plain):
        order = _own_order(found) or order
        if order is None:
            raise RecordError(
                Reason.INVALID_TIME,
                f"{key} may have day or month first, and no row of the file shows which:"
                " say it with --date-order dmy or mdy",
            )
        day, month = found["one"], found["two"]
        if order == "mdy":
            day, month = month, day
    elif _ISO.fullmatch(plain) is None and (found := _YEAR_FIRST.fullmatch(plain)):
        day, month = found["day"], found["month"]
    else:
        return _with_precision(plain, key, local)
    year = found["year"] if len(found["year"]) > 2 else f"20{found['year']}"
    time = instant(f"{year}-{int(month):02}-{int(day):02}T{_clock(found)}", key, local)
    assert time is not None
    return time, "day" if not found["hour"] else "second" if found["second"] else "minute"


def _with_precision(
    text: str, key: str, local: tzinfo | None
) -> tuple[datetime, TimePrecision]:
    """An ISO time, and whether it says seconds."""
    time = instant(text, key, local)
    assert time is not None
    return time, "second" if text.count(":") > 1 else "minute"


def _plain(text: str) -> str:
    """A text with plain blanks, and without characters that nobody sees."""
    return " ".join(text.translate(_INVISIBLE).split())


def _own_order(found: re.Match[str]) -> Order | None:
    """The order that one date shows by itself."""
    one, two = int(found["one"]), int(found["two"])
    if two > _LAST_MONTH >= one:
        return "mdy"
    return "dmy" if one > _LAST_MONTH >= two or found["mark"] == "." else None


def _clock(found: re.Match[str]) -> str:
    """The clock of 24 hours, with its offset."""
    if not found["hour"]:
        return "00:00"
    hour = int(found["hour"])
    if half := found["half"]:
        hour = hour % 12 + 12 * (half in "Pp")
    rest = f":{found['second']}" if found["second"] else ""
    return f"{hour:02}:{found['minute']}{rest}{found['offset'] or ''}"
