"""YouTube comments in the CSV of one tool or another -> raw records.

Source: files whose header line names an id or an author, a text, and the video or the time of
        publication, in the words of the Data API or the usual variations of them.
Shape:  one row in -> a comment, its author as a profile, the video as a post, with the same
        ids as from the API. Without a comment id the key is derived from all that is said, and
        numbered among equals of the file. An author without a channel id is not an actor.
Units:  ISO times, or dates as a spreadsheet rewrites them (`loaders.parsing.local_dates`);
        one without a zone needs --timezone.
Errors: RecordError naming the column; a row that names no id, no author and no time is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache

import msgspec

from loaders.parsing.builders import counters_of, digest, key_of
from loaders.parsing.fields import composite, optional_identifier, secondary
from loaders.parsing.formats import Context, Csv, Format
from loaders.parsing.local_dates import moment
from loaders.parsing.times import Order, date_order
from loaders.platforms.youtube.accounts import YOUTUBE, author
from loaders.reading.csv_stream import column_names
from loaders.reading.documents import BOM
from loaders.records import Interaction, Post, Reason, Record, RecordError, TimePrecision

NAMES = {  # a column without its capitals and separators, and what it holds
    **dict.fromkeys(("commentid", "cid"), "id"),
    **dict.fromkeys(("text", "textoriginal", "textdisplay", "comment", "commenttext"), "text"),
    **dict.fromkeys(("videoid",), "video_id"),
    **dict.fromkeys(("publishedat", "commentpublishedat", "published", "publishdate"), "time"),
    **dict.fromkeys(("updatedat", "commentupdatedat"), "updated"),
    **dict.fromkeys(("author", "authorname", "authordisplayname"), "author"),
    **dict.fromkeys(("authorchannelid", "authorid"), "author_id"),
    **dict.fromkeys(("parentid", "parentcommentid", "replyto"), "parent_id"),
    **dict.fromkeys(("likecount", "likes", "votes"), "likes"),
}
_SEPARATORS = re.compile(r"[\s_.-]+")
_CHANNEL = re.compile(r"UC[\w-]{22}")


class Row(msgspec.Struct, gc=False, omit_defaults=True):
    """What is kept of a row."""

    id: str = ""
    text: str | None = None
    video_id: str = ""
    time: str = ""
    updated: str = ""
    author: str = ""
    author_id: str = ""
    parent_id: str = ""
    likes: str = ""


@lru_cache(maxsize=64)
def _named(columns: tuple[str, ...]) -> dict[str, str]:
    """What the columns hold, each once: the text as written before the text as shown."""
    found: dict[str, str] = {}
    for column in sorted(columns, key=lambda name: "original" not in name.lower()):
        held = NAMES.get(_SEPARATORS.sub("", column.lower()))
        if held is not None:
            found.setdefault(held, column)
    return found


def parse(cells: dict[str, str], context: Context) -> Iterable[Record]:
    """Turn one row into its records."""
    row = Row(**{held: cells[column] for held, column in _named(tuple(cells)).items()})
    comment_id = optional_identifier(row.id, "comment id")
    post_id = optional_identifier(row.video_id, "video id")
    actor_id = optional_identifier(row.author_id, "author id")
    if actor_id is None and _CHANNEL.fullmatch(row.author):
        actor_id = row.author
    occurred_at, precision = _moment(row.time, "published", context)
    if comment_id is None and not row.author and actor_id is None and occurred_at is None:
        raise RecordError(Reason.MISSING_FIELD, "the row has no id, no author and no time")
    top_id, _, rest = (comment_id or "").partition(".")
    parent_id = secondary(optional_identifier, row.parent_id, "parent id") or (
        top_id if rest else None
    )
    key = comment_id or digest(row.video_id, row.author_id, row.author, row.time, row.text)
    told = Interaction(
        platform=YOUTUBE,
        native_id=composite("comment", key),
        native_type="comment",
        actor_id=actor_id,
        post_id=post_id,
        thread_id=key_of("comment", top_id),
        parent_id=key_of("comment", parent_id),
        text=row.text,
        occurred_at=occurred_at,
        time_precision=precision,
        version_at=_updated(row.updated, context),
        key_quality="native" if comment_id else "derived",
        payload=msgspec.json.encode(row),
    )
    yield told
    likes = row.likes.strip()
    yield from counters_of(told, {"likes": int(likes) if likes.isdecimal() else likes or None})
    if post_id is not None:
        yield Post(platform=YOUTUBE, post_id=post_id, native_type="video")
    yield from author(actor_id, row.author if row.author not in ("", actor_id) else None)


def _moment(text: str, key: str, context: Context) -> tuple[datetime | None, TimePrecision]:
    return moment(text, key, context) if text.strip() else (None, "unknown")


def _updated(text: str, context: Context) -> datetime | None:
    found = secondary(_moment, text, "updated", context)
    return found[0] if found else None


def _survey(rows: Iterator[dict[str, str]], context: Context) -> Order | None:
    """The order of day and month in the column of the publication."""
    return context.date_order or date_order(
        row[column] for row in rows if (column := _named(tuple(row)).get("time"))
    )


def _recognises(head: bytes) -> bool:
    if head.removeprefix(BOM).startswith((b"{", b"[")):
        return False
    names = column_names(head)
    held = _named(names)
    if "text" not in held:
        return False
    if "Comment ID" in names and "Comment Text" in names:
        return False  # Takeout
    has_subject = bool({"id", "author", "author_id"} & held.keys())
    return has_subject and ("time" in held and ("video_id" in held or "id" in held))


FORMATS = (
    Format(
        name="youtube_comments_csv",
        expects="YouTube comments (CSV with comment, video and publication time)",
        container=Csv(),
        recognises=_recognises,
        parse=parse,
        survey=_survey,
    ),
)
