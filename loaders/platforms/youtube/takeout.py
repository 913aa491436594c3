"""YouTube comments and live chats of Google Takeout, and of the UCI set; part of `youtube`.

Source: Takeout's comments.csv and live chats.csv, before and after June 2024, live chats also
        without a header line, comments also with the header line of another language; the UCI
        Spam Collection (CSV).
Shape:  one row in -> one comment or message of the exporter's own, and the video or post. What
        the columns of another language hold is told by their values. UCI names authors but has
        no ids of them, nor of videos: both are null.
Units:  RFC 3339 times. A UCI time without zone is in UTC, unless another zone is declared; an
        empty one is unknown.
Errors: RecordError naming the column.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from datetime import UTC

import msgspec

from loaders.parsing.fields import composite, identifier, optional_identifier
from loaders.parsing.formats import Context, Csv, Format
from loaders.parsing.local_dates import moment, settled_by
from loaders.parsing.times import instant
from loaders.platforms.youtube.accounts import YOUTUBE, top_of
from loaders.reading.csv_stream import column_names, has_columns
from loaders.reading.documents import BOM
from loaders.records import Interaction, Post, Reason, Record, RecordError


class Segment(msgspec.Struct, gc=False):
    text: str | None = None


_HALF_PAIR = re.compile("[\ud800-\udfff]")
_UNESCAPED = re.compile(r'\{"takeoutSegments":\[\{"text":"(.*)"\}\]\}', re.DOTALL)


def _segments(cell: str, key: str) -> str:
    """The text of a Takeout cell: JSON segments, in one of two wrappers, or bare text."""
    if not cell.startswith("{"):
        return cell
    try:
        # not msgspec: some exports have bare line ends within strings
        told = json.loads(f"[{cell}]", strict=False)
        if "takeoutSegments" in told[0]:
            told = told[0]["takeoutSegments"]
        segments = msgspec.convert(told, list[Segment])
    except (ValueError, RecursionError):
        found = _UNESCAPED.fullmatch(cell)  # some do not escape quotes
        if found is None:
            raise RecordError(Reason.INVALID_FIELD, f"{key} is not in segments") from None
        return found[1]
    text = "".join(segment.text or "" for segment in segments)
    if _HALF_PAIR.search(text):
        raise RecordError(Reason.INVALID_TEXT, f"{key} contains half of a surrogate pair")
    return text


def _takeout(row: dict[str, str], context: Context, kind: str, prefix: str) -> Iterable[Record]:
    """One comment or live chat message of the exporter's own."""
    native_id = identifier(row[f"{prefix} ID"], f"{prefix} ID")
    parent_id = row.get("Parent Comment ID")
    actor_id = optional_identifier(row["Channel ID"], "Channel ID") or context.account
    post_id = optional_identifier(row.get("Video ID") or row.get("Post ID"), "Video ID")
    key = f"{prefix} Create Timestamp"
    if not row[key]:
        raise RecordError(Reason.MISSING_FIELD, f"{key} is empty")
    yield Interaction(
        platform=YOUTUBE,
        native_id=composite(kind, native_id),
        native_type=kind,
        actor_id=actor_id,
        actor_kind="exporter",
        post_id=post_id,
        thread_id=composite(kind, top_of(native_id)) if kind == "comment" else None,
        parent_id=composite(kind, identifier(parent_id, "parent")) if parent_id else None,
        text=_segments(row[f"{prefix} Text"], f"{prefix} Text"),
        occurred_at=instant(row[key], key, context.timezone),
        payload=msgspec.json.encode({name: row[name] for name in TAKEOUT if name in row}),
    )
    if post_id is not None:
        kind_of_post = "video" if row.get("Video ID") else "post"
        yield Post(platform=YOUTUBE, post_id=post_id, native_type=kind_of_post)


def _takeout_comment(row: dict[str, str], context: Context) -> Iterable[Record]:
    return _takeout(row, context, "comment", "Comment")


def _takeout_chat(row: dict[str, str], context: Context) -> Iterable[Record]:
    return _takeout(row, context, "live_chat", "Live Chat")


_CHANNEL = re.compile(r"UC[\w-]{22}")
_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+)")
_COMMENT_ID = re.compile(r"Ug(?!kx)[\w-]{3,}(?:\.[\w-]+)?")
_POST_ID = re.compile(r"Ugkx[\w-]+")
_VIDEO_ID = re.compile(r"[\w-]{11}")
_CHAT_ID = re.compile(r"[\w%=-]{20,}")
_SEGMENTS_FROM = ('{"text"', '{"takeoutSegments"', '{"mention"', '{"videoLink"')


def _by_value(cells: Iterable[str]) -> dict[str, str]:
    """The cells of a row under Takeout's English names, told by what they look like."""
    found: dict[str, str] = {}
    comments: list[str] = []
    for cell in cells:
        if _CHANNEL.fullmatch(cell):
            found.setdefault("Channel ID", cell)
        elif _STAMP.fullmatch(cell):
            found.setdefault("Create Timestamp", cell)
        elif _POST_ID.fullmatch(cell):
            found.setdefault("Post ID", cell)
        elif _COMMENT_ID.fullmatch(cell):
            comments.append(cell)
        elif _VIDEO_ID.fullmatch(cell):
            found.setdefault("Video ID", cell)
        elif cell.startswith(_SEGMENTS_FROM):
            found.setdefault("Text", cell)
        elif _CHAT_ID.fullmatch(cell):
            found.setdefault("Live Chat ID", cell)
    if comments:  # an answer's id begins with that of what it answers
        found["Comment ID"] = max(comments, key=len)
        others = [one for one in comments if one != found["Comment ID"]]
        found |= {"Parent Comment ID": min(others, key=len)} if others else {}
    return found


def _translated(row: dict[str, str], context: Context) -> Iterable[Record]:
    """A row beneath a header line in another language than English."""
    told = _by_value(row.values())
    prefix = "Comment" if "Comment ID" in told else "Live Chat"
    for name in (f"{prefix} ID", "Create Timestamp", "Text"):
        if name not in told:
            raise RecordError(Reason.MISSING_FIELD, f"no column holds what is a {name}")
    told = {"Channel ID": "", **told}
    told[f"{prefix} Create Timestamp"] = told.pop("Create Timestamp")
    told[f"{prefix} Text"] = told.pop("Text")
    return _takeout(told, context, "comment" if prefix == "Comment" else "live_chat", prefix)


def _recognises_translated(head: bytes) -> bool:
    """Unknown names of columns above a channel, a time and a text as Takeout writes it."""
    lines = head.removeprefix(BOM).decode(errors="replace").splitlines()[:2]
    if len(lines) < 2 or {"Comment ID", "Live Chat ID"} & set(column_names(head)):
        return False
    try:
        names, cells = (next(csv.reader([line])) for line in lines)
    except (csv.Error, StopIteration):
        return False
    told = _by_value(cells)
    has_id = bool({"Comment ID", "Live Chat ID"} & told.keys())
    is_header = not any(_STAMP.fullmatch(name) for name in names)
    return is_header and has_id and {"Channel ID", "Create Timestamp", "Text"} <= told.keys()


def _uci(row: dict[str, str], context: Context) -> Iterable[Record]:
    is_dated = row["DATE"].strip() != ""
    at, precision = moment(row["DATE"], "DATE", context, UTC) if is_dated else (None, "unknown")
    yield Interaction(
        platform=YOUTUBE,
        native_id=composite("comment", identifier(row["COMMENT_ID"], "COMMENT_ID")),
        native_type="comment",
        text=row["CONTENT"],
        occurred_at=at,
        time_precision=precision,
        payload=msgspec.json.encode({name: row[name] for name in UCI}),
    )


UCI = ("COMMENT_ID", "AUTHOR", "DATE", "CONTENT", "CLASS")
LIVE_CHAT = (
    *("Live Chat ID", "Channel ID", "Live Chat Create Timestamp"),
    *("Price", "Video ID", "Live Chat Text"),
)
TAKEOUT = (
    *("Comment ID", "Comment Create Timestamp", "Parent Comment ID", "Post ID", "Comment Text"),
    *LIVE_CHAT,
)
_LIVE_CHAT_LINE = re.compile(rb'[\w-]{20,},UC[\w-]{22},\d{4}-\d\d-\d\d[^,]*,\d*,[\w-]{11},"?\{')


FORMATS = (
    Format(
        name="takeout_comments_csv",
        expects="YouTube Takeout comments.csv",
        container=Csv(),
        recognises=has_columns("Comment ID", "Comment Text"),
        parse=_takeout_comment,
    ),
    Format(
        name="takeout_live_chats_csv",
        expects="YouTube Takeout live chats.csv",
        container=Csv(),
        recognises=has_columns("Live Chat ID", "Live Chat Text"),
        parse=_takeout_chat,
    ),
    Format(
        name="takeout_live_chats_bare_csv",
        expects="the same without its header line",
        container=Csv(columns=LIVE_CHAT),
        recognises=lambda head: _LIVE_CHAT_LINE.match(head.removeprefix(BOM)) is not None,
        parse=_takeout_chat,
    ),
    Format(
        name="takeout_translated_csv",
        expects="the same with the header line of another language",
        container=Csv(),
        recognises=_recognises_translated,
        parse=_translated,
    ),
    Format(
        name="uci_comments_csv",
        expects="YouTube comments of the UCI Spam Collection (CSV)",
        container=Csv(),
        recognises=has_columns(*UCI),
        parse=_uci,
        survey=settled_by("DATE"),
    ),
)
