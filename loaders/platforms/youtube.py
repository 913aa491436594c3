"""YouTube comments and live chat messages -> raw records.

Source: Data API v3 commentThreads and comments pages (JSON, also one item a line); Takeout
        comments and live chats (CSV, before and after June 2024, live chats also without a
        header line); the UCI Spam Collection (CSV); CSV of other tools (see `youtube_csv`).
Export: save the answers of commentThreads.list and comments.list for each video; your own
        comments and live chats come from Google Takeout, product YouTube.
Shape:  a thread's top comment and each embedded reply are records of their own; the video
        is a post, its channel that post's author. likeCount and totalReplyCount count for
        comments, not for posts: they stay in the payload. Takeout's actor is the exporter.
        UCI names authors but has no ids of them, nor of videos: both are null.
Units:  RFC 3339 times. YouTube keeps UTC, and so is a UCI time without zone, unless another
        zone is declared; an empty one is unknown.
Errors: RecordError naming the key; the rest of the page or file still lands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

import msgspec

from loaders.documents import BOM
from loaders.fields import NativeId, composite, count, identifier, optional_identifier
from loaders.formats import Context, Csv, Format, JsonArray, Part
from loaders.json_stream import outline
from loaders.platforms import youtube_csv
from loaders.records import Interaction, Post, Profile, Reason, Record, RecordError
from loaders.times import instant

PLATFORM = "youtube"
NONE = msgspec.Raw(b"")


class Channel(msgspec.Struct, gc=False):
    value: str | None = None


class Snippet(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    published_at: str
    updated_at: str | None = None
    video_id: NativeId = None
    channel_id: NativeId = None
    parent_id: NativeId = None
    author_channel_id: Channel | None = None
    author_channel_url: str | None = None
    author_display_name: str | None = None
    text_original: str | None = None
    text_display: str | None = None
    like_count: Any = None
    moderation_status: str | None = None


class Comment(msgspec.Struct, gc=False, omit_defaults=True):
    id: str | int
    snippet: Snippet


class CommentWithCount(Comment, gc=False, omit_defaults=True, rename="camel"):
    total_reply_count: Any = None


class ThreadSnippet(msgspec.Struct, gc=False, rename="camel"):
    top_level_comment: msgspec.Raw = NONE
    video_id: NativeId = None
    channel_id: NativeId = None
    total_reply_count: Any = None


class Replies(msgspec.Struct, gc=False):
    comments: list[msgspec.Raw] | None = None


class Item(msgspec.Struct, gc=False):
    """A thread, or a comment by itself."""

    snippet: ThreadSnippet
    replies: Replies | None = None


class Segment(msgspec.Struct, gc=False):
    text: str | None = None


_ITEM = msgspec.json.Decoder(Item)
_COMMENT = msgspec.json.Decoder(Comment)
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_UNESCAPED = re.compile(r'\{"takeoutSegments":\[\{"text":"(.*)"\}\]\}', re.DOTALL)


def _expand(raw: bytes, _: Context) -> Iterator[Part]:
    item = _ITEM.decode(raw)
    top_level = item.snippet.top_level_comment
    if top_level is NONE and item.replies is None:
        yield Part(raw)
        return
    if top_level is not NONE:
        yield Part(bytes(top_level), item.snippet)
    for reply in (item.replies and item.replies.comments) or ():
        yield Part(bytes(reply), msgspec.structs.replace(item.snippet, total_reply_count=None))


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one comment into its records."""
    comment = _COMMENT.decode(raw)
    snippet = comment.snippet
    thread: ThreadSnippet = context.parent or ThreadSnippet()
    count(snippet.like_count, "snippet.likeCount")
    replies = count(thread.total_reply_count, "snippet.totalReplyCount")
    comment_id = identifier(comment.id, "id")
    top_id = comment_id.partition(".")[0]
    parent_id = optional_identifier(snippet.parent_id, "snippet.parentId")
    if parent_id is None and top_id != comment_id:
        parent_id = top_id
    post_id = optional_identifier(snippet.video_id or thread.video_id, "snippet.videoId")
    author = snippet.author_channel_id or Channel()
    actor_id = optional_identifier(author.value, "snippet.authorChannelId.value")
    zone = context.timezone
    occurred_at = instant(snippet.published_at, "snippet.publishedAt", zone)
    yield Interaction(
        platform=PLATFORM,
        native_id=composite("comment", comment_id),
        native_type="comment",
        actor_id=actor_id,
        post_id=post_id,
        thread_id=composite("comment", top_id),
        parent_id=composite("comment", parent_id) if parent_id else None,
        text=snippet.text_display if snippet.text_original is None else snippet.text_original,
        occurred_at=occurred_at,
        version_at=instant(snippet.updated_at, "snippet.updatedAt", zone),
        payload=msgspec.json.encode(
            comment
            if replies is None
            else CommentWithCount(comment.id, snippet, total_reply_count=replies)
        ),
    )
    channel_id = snippet.channel_id or thread.channel_id
    if post_id is not None:
        yield Post(
            platform=PLATFORM,
            post_id=post_id,
            native_type="video",
            author_id=optional_identifier(channel_id, "snippet.channelId"),
        )
    if actor_id is not None:
        name = snippet.author_display_name
        is_handle = name is not None and name.startswith("@")
        yield Profile(
            platform=PLATFORM,
            actor_id=actor_id,
            username=name if is_handle else None,
            display_name=name,
            profile_url=snippet.author_channel_url,
        )


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
        platform=PLATFORM,
        native_id=composite(kind, native_id),
        native_type=kind,
        actor_id=actor_id,
        actor_kind="exporter",
        post_id=post_id,
        thread_id=composite(kind, native_id.partition(".")[0]) if kind == "comment" else None,
        parent_id=composite(kind, identifier(parent_id, "parent")) if parent_id else None,
        text=_segments(row[f"{prefix} Text"], f"{prefix} Text"),
        occurred_at=instant(row[key], key, context.timezone),
        payload=msgspec.json.encode({name: row[name] for name in TAKEOUT if name in row}),
    )
    if post_id is not None:
        kind_of_post = "video" if row.get("Video ID") else "post"
        yield Post(platform=PLATFORM, post_id=post_id, native_type=kind_of_post)


def _takeout_comment(row: dict[str, str], context: Context) -> Iterable[Record]:
    return _takeout(row, context, "comment", "Comment")


def _takeout_chat(row: dict[str, str], context: Context) -> Iterable[Record]:
    return _takeout(row, context, "live_chat", "Live Chat")


def _uci(row: dict[str, str], context: Context) -> Iterable[Record]:
    occurred_at = instant(row["DATE"].strip() or None, "DATE", context.timezone or UTC)
    yield Interaction(
        platform=PLATFORM,
        native_id=composite("comment", identifier(row["COMMENT_ID"], "COMMENT_ID")),
        native_type="comment",
        text=row["CONTENT"],
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
        payload=msgspec.json.encode({name: row[name] for name in UCI}),
    )


UCI = ("COMMENT_ID", "AUTHOR", "DATE", "CONTENT", "CLASS")
LIVE_CHAT = (
    "Live Chat ID",
    "Channel ID",
    "Live Chat Create Timestamp",
    "Price",
    "Video ID",
    "Live Chat Text",
)
TAKEOUT = (
    *("Comment ID", "Comment Create Timestamp", "Parent Comment ID", "Post ID", "Comment Text"),
    *LIVE_CHAT,
)
_LIVE_CHAT_LINE = re.compile(rb'[\w-]{20,},UC[\w-]{22},\d{4}-\d\d-\d\d[^,]*,\d*,[\w-]{11},"?\{')


def _columns(head: bytes) -> set[str]:
    line = head.removeprefix(BOM).partition(b"\n")[0].decode(errors="replace")
    return {name.strip().strip('"') for name in line.split(",")}


def _recognises_page(head: bytes) -> bool:
    keys = outline(head)
    if "items" not in keys:
        return False
    first = outline(keys["items"])
    told = keys.get("kind", b"") + first.get("kind", b"") + first.get("snippet", b"")
    return re.search(rb"youtube#comment|topLevelComment|textDisplay", told) is not None


def _recognises_item(head: bytes) -> bool:
    return outline(head).get("kind", b"") in (b'"youtube#commentThread"', b'"youtube#comment"')


FORMATS = (
    Format(
        name="comments_page_json",
        expects="YouTube comment pages (Data API JSON with `items`)",
        container=JsonArray("items"),
        recognises=_recognises_page,
        parse=parse,
        expand=_expand,
    ),
    Format(
        name="comments_json",
        expects="YouTube comment items (Data API JSON, one after another)",
        container=JsonArray(),
        recognises=_recognises_item,
        parse=parse,
        expand=_expand,
    ),
    Format(
        name="takeout_comments_csv",
        expects="YouTube Takeout comments.csv",
        container=Csv(),
        recognises=lambda head: {"Comment ID", "Comment Text"} <= _columns(head),
        parse=_takeout_comment,
    ),
    Format(
        name="takeout_live_chats_csv",
        expects="YouTube Takeout live chats.csv",
        container=Csv(),
        recognises=lambda head: {"Live Chat ID", "Live Chat Text"} <= _columns(head),
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
        name="uci_comments_csv",
        expects="YouTube comments of the UCI Spam Collection (CSV)",
        container=Csv(),
        recognises=lambda head: set(UCI) <= _columns(head),
        parse=_uci,
    ),
    *youtube_csv.FORMATS,
)
