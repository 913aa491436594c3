"""YouTube comments in the CSV of one tool or another -> raw records.

Source: files whose header line names an id or an author, a text, and the video or the time of
        publication, in the words of the Data API or the usual variations of them.
Shape:  one row in -> a comment, its author as a profile, the video as a post, with the same
        ids as from the API. Without a comment id the key is derived from all that is said, and
        numbered among equals of the file. An author without a channel id is not an actor.
Units:  ISO times; one without a zone needs --timezone.
Errors: RecordError naming the column; a row that names no id, no author and no time is none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from loaders.documents import BOM
from loaders.fields import composite, identifier, optional_identifier
from loaders.formats import Context, Csv, Format
from loaders.records import Interaction, Post, Profile, Reason, Record, RecordError
from loaders.times import instant

YOUTUBE = "youtube"
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
    occurred_at = instant(row.time or None, "published", context.timezone)
    if comment_id is None and not row.author and actor_id is None and occurred_at is None:
        raise RecordError(Reason.MISSING_FIELD, "the row has no id, no author and no time")
    top_id, _, rest = (comment_id or "").partition(".")
    parent_id = optional_identifier(row.parent_id, "parent id") or (top_id if rest else None)
    said = "\x1f".join((row.video_id, row.author_id, row.author, row.time, row.text or ""))
    key = comment_id or hashlib.md5(said.encode()).hexdigest()
    yield Interaction(
        platform=YOUTUBE,
        native_id=composite("comment", key),
        native_type="comment",
        actor_id=actor_id,
        post_id=post_id,
        thread_id=composite("comment", top_id) if top_id else None,
        parent_id=composite("comment", parent_id) if parent_id else None,
        text=row.text,
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
        version_at=instant(row.updated or None, "updated", context.timezone),
        key_quality="native" if comment_id else "derived",
        payload=msgspec.json.encode(row),
    )
    if post_id is not None:
        yield Post(platform=YOUTUBE, post_id=post_id, native_type="video")
    if actor_id is not None:
        name = row.author if row.author != actor_id else None
        yield Profile(
            platform=YOUTUBE,
            actor_id=identifier(actor_id, "author id"),
            username=name if name and name.startswith("@") else None,
            display_name=name or None,
        )


def _recognises(head: bytes) -> bool:
    line = head.removeprefix(BOM).partition(b"\n")[0].decode(errors="replace")
    if line.startswith(("{", "[")):
        return False
    names = tuple(name.strip().strip('"') for name in line.split(","))
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
    ),
)
