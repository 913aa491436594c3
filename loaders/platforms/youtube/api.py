"""Comments of YouTube's Data API -> raw records; a part of `platforms.youtube`.

Source: commentThreads and comments pages (JSON, also one item a line).
Shape:  a thread's top comment and each embedded reply are records of their own; the video is
        a post, its channel that post's author and owner.
Units:  RFC 3339 times.
Errors: RecordError naming the key; the rest of the page still lands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from loaders.parsing.builders import counters_of, key_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    NativeId,
    composite,
    count,
    identifier,
    optional_identifier,
    secondary,
)
from loaders.parsing.formats import Context, Format, JsonArray, Part
from loaders.parsing.times import instant
from loaders.platforms.youtube.accounts import YOUTUBE, author, top_of
from loaders.reading.json_values import outline
from loaders.records import Interaction, Post, Record

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


_ITEM = Decoder(Item)
_COMMENT = Decoder(Comment)


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
    replies = secondary(count, thread.total_reply_count, "snippet.totalReplyCount")
    comment_id = identifier(comment.id, "id")
    top_id = top_of(comment_id)
    parent_id = secondary(optional_identifier, snippet.parent_id, "snippet.parentId")
    if parent_id is None and top_id != comment_id:
        parent_id = top_id
    post_id = optional_identifier(snippet.video_id or thread.video_id, "snippet.videoId")
    channel = snippet.author_channel_id or Channel()
    actor_id = optional_identifier(channel.value, "snippet.authorChannelId.value")
    zone = context.timezone
    occurred_at = instant(snippet.published_at, "snippet.publishedAt", zone)
    kept = comment
    if replies is not None:
        kept = CommentWithCount(comment.id, snippet, total_reply_count=replies)
    told = Interaction(
        platform=YOUTUBE,
        native_id=composite("comment", comment_id),
        native_type="comment",
        actor_id=actor_id,
        post_id=post_id,
        thread_id=composite("comment", top_id),
        parent_id=key_of("comment", parent_id),
        text=snippet.text_display if snippet.text_original is None else snippet.text_original,
        occurred_at=occurred_at,
        version_at=secondary(instant, snippet.updated_at, "snippet.updatedAt", zone),
        payload=msgspec.json.encode(kept),
    )
    yield told
    counts = {"likeCount": snippet.like_count, "totalReplyCount": replies}
    yield from counters_of(told, counts)
    owner = snippet.channel_id or thread.channel_id
    owner_id = secondary(optional_identifier, owner, "snippet.channelId")
    if post_id is not None:
        yield Post(
            platform=YOUTUBE,
            post_id=post_id,
            native_type="video",
            author_id=owner_id,
            owner_id=owner_id,
        )
    yield from author(actor_id, snippet.author_display_name, snippet.author_channel_url)


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
)
