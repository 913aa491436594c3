"""YouTube comments as youtube-comment-downloader keeps them; a part of `platforms.youtube`.

Source: the tool's JSON lines, JSON (`{"comments": [...]}`) and CSV.
Shape:  one comment in -> it with its parent, its author as a profile, its votes as a counter.
        The video is not told.
Units:  the page tells no time but how long ago, and the tool counts back from when it ran: days
        and less are exact to the day; of weeks, months and years the time is unknown.
Errors: RecordError naming the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from loaders.parsing.builders import counters_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, composite, identifier, optional_identifier
from loaders.parsing.formats import Context, Csv, Format, JsonArray
from loaders.parsing.notes import note
from loaders.parsing.times import epoch
from loaders.platforms.youtube.accounts import YOUTUBE, author, top_of
from loaders.reading.csv_stream import has_columns
from loaders.reading.json_values import outline
from loaders.records import Interaction, Record, TimePrecision

COLUMNS = {"cid", "text", "time", "author", "channel", "votes"}


class Comment(msgspec.Struct, gc=False, omit_defaults=True):
    cid: str | int
    text: str | None = None
    time: str | None = None
    time_parsed: Any = None
    author: str | None = None
    channel: NativeId = None
    votes: Any = None
    replies: Any = None


_COMMENT = Decoder(Comment)
_RECENT = re.compile(r"[0-9]+ (?:second|minute|hour|day)s? ago", re.IGNORECASE)


def parse(raw: bytes, _: Context) -> Iterable[Record]:
    """Turn one comment into its records."""
    return _records(_COMMENT.decode(raw))


def parse_row(row: dict[str, str], _: Context) -> Iterable[Record]:
    """Turn one row into its records."""
    told: dict[str, Any] = {name: row.get(name) or None for name in Comment.__struct_fields__}
    return _records(Comment(**told | {"cid": row["cid"]}))


def _records(comment: Comment) -> Iterable[Record]:
    comment_id = identifier(comment.cid, "cid")
    top_id = top_of(comment_id)
    actor_id = optional_identifier(comment.channel, "channel")
    occurred_at, precision = _when(comment)
    told = Interaction(
        platform=YOUTUBE,
        native_id=composite("comment", comment_id),
        native_type="comment",
        actor_id=actor_id,
        thread_id=composite("comment", top_id),
        parent_id=composite("comment", top_id) if top_id != comment_id else None,
        text=comment.text,
        occurred_at=occurred_at,
        time_precision=precision,
        payload=msgspec.json.encode({"cid": comment_id, "time": comment.time}),
    )
    yield told
    yield from counters_of(told, {"votes": _number(comment.votes)})
    if comment.author:
        yield from author(actor_id, comment.author)


def _when(comment: Comment) -> tuple[datetime | None, TimePrecision]:
    """When it was written, where the words are exact enough."""
    if _RECENT.match(comment.time or ""):
        seconds = str(comment.time_parsed or "").partition(".")[0]
        if seconds.isdecimal():
            return epoch(seconds, "time_parsed", "s"), "day"
    if comment.time:
        note("set_aside", "time", "is only told roughly")
    return None, "unknown"


def _number(value: Any) -> Any:
    text = value.strip() if isinstance(value, str) else value
    return int(text) if isinstance(text, str) and text.isdecimal() else text or None


def _recognises(head: bytes) -> bool:
    keys = outline(head)
    keys = outline(keys["comments"]) if "comments" in keys else keys
    return keys.keys() >= COLUMNS


FORMATS = (
    Format(
        name="comment_downloader_json",
        expects="comments of youtube-comment-downloader (JSON with `cid` and `votes`)",
        container=JsonArray(),
        recognises=lambda head: "comments" not in outline(head) and _recognises(head),
        parse=parse,
    ),
    Format(
        name="comment_downloader_list_json",
        expects="the same in one list (JSON with `comments`)",
        container=JsonArray("comments"),
        recognises=lambda head: "comments" in outline(head) and _recognises(head),
        parse=parse,
    ),
    Format(
        name="comment_downloader_csv",
        expects="the same as CSV",
        container=Csv(),
        recognises=has_columns(*COLUMNS),
        parse=parse_row,
    ),
)
