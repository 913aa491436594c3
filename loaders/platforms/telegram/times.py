"""Times in Telegram Desktop exports.

Source: `date`, `edited` and their `_unixtime` forms, of messages and of reactions.
Shape:  a message or reaction in, an aware datetime out; None where it tells none.
Units:  `_unixtime` seconds; the others are local to the exporter.
Errors: RecordError naming the key.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from loaders.parsing.times import epoch, instant
from loaders.platforms.telegram.desktop_parts import Message, Recent


def sent_at(message: Message, key: str, zone: tzinfo | None) -> datetime | None:
    """Return when a message was sent."""
    return _either(message.date_unixtime, message.date, key, zone)


def edited_at_of(message: Message, key: str, zone: tzinfo | None) -> datetime | None:
    """Return when a message was edited last."""
    return _either(message.edited_unixtime, message.edited, key, zone)


def reacted_at(recent: Recent, key: str, zone: tzinfo | None) -> datetime | None:
    """Return when an account reacted."""
    return _either(recent.date_unixtime, recent.date, key, zone)


def clock_of(message: Message, declared: tzinfo | None) -> tzinfo | None:
    """Return the exporter's zone: as declared, or by the offset of the message's two times."""
    if declared is not None or message.date is None:
        return declared
    here = instant(message.date, "date", UTC)
    there = epoch(message.date_unixtime, "date_unixtime", "s")
    if here is None or there is None or abs(here - there) > timedelta(hours=15):
        return None
    return timezone(here - there)


def _either(
    unix: int | str | None, local: str | None, key: str, zone: tzinfo | None
) -> datetime | None:
    return instant(local, key, zone) if unix is None else epoch(unix, f"{key}_unixtime", "s")
