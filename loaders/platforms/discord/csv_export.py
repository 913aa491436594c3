"""Discord channel exports as CSV -> raw records.

Source: DiscordChatExporter CSV: `AuthorID;Author;Date;Content;Attachments;Reactions;` before
        December 2019, commas since; one delimiter a file, but both occur within one archive.
        Rows of some versions end with a delimiter that their header line lacks.
Shape:  one row in -> a message, its author as a profile, the channel as a post. Reactions are
        counts: the message becomes a post too, and they its counters. A row has neither its
        own id nor its channel's: the file's place names the channel (see `channel`).
        Message ids are derived from channel and instant; where that is not given to the
        millisecond, from author and text too. Equal ones are numbered within their file. Who
        is mentioned is not told.
Units:  `05-Dec-19 06:51 PM`, to the minute and local to the exporter: needs --timezone; newer
        ones ISO with offset, or as the exporter's language has it: `06.10.2023 00:37`,
        `27/10/2023 13:05`, `4/22/2021 3:17 PM`. One date of the file with a day above 12 shows
        which is the day; where none does, --date-order says it, or these rows are rejected.
Errors: RecordError naming the column; the other rows still land.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from loaders.parsing.builders import as_post, digest, profile
from loaders.parsing.fields import composite, count, identifier, optional_number_id, secondary
from loaders.parsing.formats import Context, Csv, Format
from loaders.parsing.notes import note
from loaders.parsing.times import Order, date_order, local_moment
from loaders.platforms.discord.accounts import discriminated, is_deleted, is_shared
from loaders.platforms.discord.channel import declares, partition_of, title_of
from loaders.reading.documents import BOM
from loaders.records import (
    ActorKind,
    Counter,
    Interaction,
    Post,
    Reason,
    Record,
    RecordError,
    TimePrecision,
)

DISCORD = "discord"
COLUMNS = ("AuthorID", "Author", "Date", "Content", "Attachments", "Reactions")

_MILLISECOND = 1_000  # in microseconds
_REACTION = re.compile(r"\s*(.+?) \((\d+)\)\s*(?:,|$)")


class Dates(NamedTuple):
    """What the dates of a file show: their order, and the one that the file begins with."""

    order: Order | None
    first: str | None


def _survey(rows: Iterator[dict[str, str]], context: Context) -> Dates:
    """Look at the dates of a file; a declared order holds where they show none."""
    texts = (row["Date"] for row in rows if row.get("Date"))
    first = next(texts, None)
    if first is None:
        return Dates(context.date_order, None)
    return Dates(date_order(_after(first, texts)) or context.date_order, first)


def _after(first: str, others: Iterator[str]) -> Iterator[str]:
    yield first
    yield from others


def parse(row: dict[str, str], context: Context) -> Iterable[Record]:
    """Turn one row into its records."""
    channel_id = (context.named or {}).get("channel")
    name = discriminated(row["Author"])
    actor_id = optional_number_id(row["AuthorID"], "AuthorID")
    if not row["Date"]:
        raise RecordError(Reason.MISSING_FIELD, "Date is empty")
    order = context.gathered.order
    occurred_at, precision = local_moment(row["Date"], "Date", context.timezone, order)
    kind: ActorKind | None = "deleted" if is_deleted(actor_id, name) else None
    if is_shared(actor_id):
        actor_id = None
    message = Interaction(
        platform=DISCORD,
        native_id=composite("message", _digest(row, occurred_at, precision, context)),
        native_type="Default",
        actor_id=actor_id,
        actor_kind=kind,
        post_id=channel_id,
        text=row["Content"],
        occurred_at=occurred_at,
        time_precision=precision,
        key_quality="derived",
        payload=msgspec.json.encode({key: row[key] for key in COLUMNS if key in row}),
    )
    yield message
    if channel_id is not None:
        title = title_of(context.source, channel_id)
        yield Post(platform=DISCORD, post_id=channel_id, title=title)
    name = None if kind == "deleted" else name  # keeps the name it had
    yield from profile(DISCORD, actor_id, kind, username=name)
    yield from _counts(message, row.get("Reactions", ""))


def _digest(
    row: dict[str, str], occurred_at: datetime, precision: TimePrecision, context: Context
) -> str:
    """Return what identifies the message, without its number among equals of the file.

    The spelling of the time does not count. A time of whole seconds may have been cut, so
    author and text then count too.
    """
    named = context.named or {}
    scope = [named.get("channel") or title_of(context.source, None), named.get("part", "")]
    told = [occurred_at.isoformat(timespec="milliseconds")]
    if occurred_at.microsecond < _MILLISECOND:
        told += [row["AuthorID"] or row["Author"], row["Content"]]
    is_first = precision == "minute" and row["Date"] == context.gathered.first
    if is_first and (part := partition_of(context.source)):
        scope[1] = f"begins {part}"  # the exporter may have split the channel in this minute
    return digest(*scope, *told)


def _counts(message: Interaction, reactions: str) -> Iterator[Record]:
    """`👍 (2),heart (1)`: counters of the message."""
    if not reactions:
        return
    if _REACTION.sub("", reactions).strip():
        note("set_aside", "Reactions", "holds something that is not a name and a count")
    yield as_post(message, "message")
    for name, value in _REACTION.findall(reactions):
        number = secondary(count, int(value) if len(value) < 20 else -1, "Reactions")
        if number is None:
            continue
        yield Counter(
            platform=DISCORD,
            post_id=message.native_id,
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
        declares=declares,
        survey=_survey,
    )


FORMATS = (
    _format("chat_exporter_csv", ",", "with commas"),
    _format("chat_exporter_semicolon_csv", ";", "with semicolons"),
)
