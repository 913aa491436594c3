"""Discord channel exports as CSV -> raw records.

Source: DiscordChatExporter CSV: `AuthorID;Author;Date;Content;Attachments;Reactions;` before
        December 2019, commas since; one delimiter a file, but both occur within one archive.
        Rows of some versions end with a delimiter that their header line lacks.
Shape:  one row in -> a message, its author as a profile, the channel as a post. Reactions are
        counts: the message becomes a post too, and they its counters. There is no id of a
        message, nor of the channel: the channel is what the file's name has in brackets (the
        exporter's way) or the number it is; failing that, --account; failing that, unknown,
        and keys hold the file's name instead. Message ids are derived from channel, author,
        time and text, and numbered among equals of the file. Who is mentioned is not told.
Units:  `05-Dec-19 06:51 PM`, to the minute and local to the exporter: needs --timezone; newer
        ones ISO with offset. `4/22/2021 15:17` is read month first where it must be, or is
        written without zeros as only Americans do; what could be either is rejected.
Errors: RecordError naming the column; the other rows still land.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from pathlib import PurePath
from typing import NamedTuple

import msgspec

from loaders.documents import BOM
from loaders.fields import composite, count, identifier, optional_identifier
from loaders.formats import Context, Csv, Format
from loaders.records import (
    ActorKind,
    Counter,
    Interaction,
    Post,
    Profile,
    Reason,
    Record,
    RecordError,
    TimePrecision,
)
from loaders.times import instant

DISCORD = "discord"
COLUMNS = ("AuthorID", "Author", "Date", "Content", "Attachments", "Reactions")
DELETED = "Deleted User"

_BRACKETED = re.compile(r"\[(\d{5,20})\]")
_NUMBER = re.compile(r"\d{15,20}")
_DISCRIMINATOR = re.compile(r"#\d{4}$")
_MINUTE = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4}|\d\d) (\d{1,2}:\d\d) ([AP]M)", re.ASCII)
_AMERICAN = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}),? (\d{1,2}:\d\d(?::\d\d)?)(?: ([AP]M))?", re.ASCII
)
_REACTION = re.compile(r"\s*(.+?) \((\d+)\)\s*(?:,|$)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class Channel(NamedTuple):
    """What is known of the channel: its id, or else only what its file is called."""

    id: str | None
    name: str


def channel_of(source: str, account: str | None) -> Channel:
    """Return the channel of a file, from its name or as declared."""
    name = PurePath(source.replace("\\", "/")).name
    stem = re.sub(r"\.(csv|txt|gz)\b", "", name, flags=re.IGNORECASE)
    bracketed = _BRACKETED.findall(stem)
    if bracketed:
        return Channel(bracketed[-1], stem)
    return Channel(stem if _NUMBER.fullmatch(stem) else account, stem)


def _moment(text: str, zone: tzinfo | None) -> tuple[datetime | None, TimePrecision]:
    if found := _MINUTE.fullmatch(text):
        day, word, year, clock, half = found.groups()
        if word.lower() not in _MONTHS:
            raise RecordError(Reason.INVALID_TIME, "Date has a month that is not English")
        month = _MONTHS.index(word.lower()) + 1
        year = year if len(year) == 4 else f"20{year}"
        iso = f"{year}-{month:02}-{int(day):02}T{_clock(clock, half)}"
        return instant(iso, "Date", zone), "minute"
    if found := _AMERICAN.fullmatch(text):
        month_first, day, year, clock, half = found.groups()
        if not half and int(day) <= 12 and len(month_first) == len(day) == 2:
            raise RecordError(Reason.INVALID_TIME, "Date may be month or day first")
        iso = f"{year}-{int(month_first):02}-{int(day):02}T{_clock(clock, half)}"
        return instant(iso, "Date", zone), "second" if clock.count(":") == 2 else "minute"
    return instant(text, "Date", zone), "second"


def _clock(clock: str, half: str | None) -> str:
    """The clock of 24 hours."""
    hour, _, rest = clock.partition(":")
    hours = int(hour) if half is None else int(hour) % 12 + 12 * (half == "PM")
    return f"{hours:02}:{rest}"


def parse(row: dict[str, str], context: Context) -> Iterable[Record]:
    """Turn one row into its records."""
    channel = channel_of(context.source, context.account)
    actor_id = optional_identifier(row["AuthorID"], "AuthorID")
    name = _DISCRIMINATOR.sub("", row["Author"]) or None
    if not row["Date"]:
        raise RecordError(Reason.MISSING_FIELD, "Date is empty")
    occurred_at, precision = _moment(row["Date"], context.timezone)
    assert occurred_at is not None
    scope = channel.id or channel.name
    told = (scope, actor_id or row["Author"], row["Date"], row["Content"])
    digest = hashlib.md5("\x1f".join(told).encode()).hexdigest()
    kind: ActorKind | None = "deleted" if name == DELETED else None
    message = Interaction(
        platform=DISCORD,
        native_id=composite("message", digest),
        native_type="Default",
        actor_id=actor_id,
        actor_kind=kind,
        post_id=channel.id,
        text=row["Content"],
        occurred_at=occurred_at,
        time_precision=precision,
        key_quality="derived",
        payload=msgspec.json.encode({key: row[key] for key in COLUMNS if key in row}),
    )
    yield message
    if channel.id is not None:
        yield Post(platform=DISCORD, post_id=channel.id, title=channel.name)
    if actor_id is not None:
        yield Profile(platform=DISCORD, actor_id=actor_id, actor_kind=kind, username=name)
    yield from _counts(message, row.get("Reactions", ""))


def _counts(message: Interaction, reactions: str) -> Iterator[Record]:
    """`👍 (2),heart (1)`: of the first of equal messages, for nothing tells them apart."""
    if not reactions:
        return
    post_id = f"{message.native_id}:1"
    yield Post(
        platform=DISCORD,
        post_id=post_id,
        native_type="message",
        posted_at=message.occurred_at,
        author_id=message.actor_id,
    )
    for name, value in _REACTION.findall(reactions):
        number = count(int(value) if len(value) < 20 else -1, "Reactions")
        assert number is not None
        yield Counter(
            platform=DISCORD,
            post_id=post_id,
            native_metric=composite("reaction", identifier(name, "Reactions")),
            value=number,
        )


def _format(name: str, delimiter: str, said: str) -> Format:
    start = delimiter.join(COLUMNS[:4])
    quoted = delimiter.join(f'"{column}"' for column in COLUMNS[:4])

    def recognises(head: bytes) -> bool:
        return head.removeprefix(BOM).lstrip().startswith((start.encode(), quoted.encode()))

    return Format(
        name=name,
        expects=f"a Discord channel export (DiscordChatExporter CSV, {said})",
        container=Csv(delimiter=delimiter, is_terminated=True),
        recognises=recognises,
        parse=parse,
    )


FORMATS = (
    _format("chat_exporter_csv", ",", "with commas"),
    _format("chat_exporter_semicolon_csv", ";", "with semicolons"),
)
