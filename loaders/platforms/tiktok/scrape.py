"""TikTok comments in one scraper's own shape; a part of `platforms.tiktok`.

Source: its JSON of 2023 and 2024: `video_url`, `caption`, `comments[]` with `replies[]`.
Shape:  one comment or reply in -> its interaction, its author as a profile, the video. Actors
        are `@username`, for the account's id is unknown. In 2023 there are no ids: they are
        derived from video, parent, author, time and text, and numbered among equals.
Units:  naive local time, so --timezone is needed.
Errors: RecordError naming the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from loaders.parsing.builders import counters_of, digest, profile
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, composite, identifier
from loaders.parsing.formats import Context, Format, JsonArray, Part
from loaders.parsing.times import instant
from loaders.platforms.tiktok.ids import TIKTOK
from loaders.reading.json_values import outline
from loaders.records import Interaction, Post, Record, RecordError


class Scraped(msgspec.Struct, gc=False, omit_defaults=True):
    username: str
    create_time: str
    comment: str | None = None
    comment_id: NativeId = None
    nickname: str | None = None
    total_reply: Any = None


class ScrapedReplies(msgspec.Struct, gc=False):
    replies: list[msgspec.Raw] | None = None


class Scrape(msgspec.Struct, gc=False):
    """What surrounds the scraped comments."""

    video_url: str | None = None
    caption: str | None = None


_SCRAPED = Decoder(Scraped)
_SCRAPED_REPLIES = Decoder(ScrapedReplies)
_SCRAPE = Decoder(Scrape)
_VIDEO = re.compile(r"/video/([0-9]+)")


def _scrape(raw: bytes) -> Post | None:
    """The video the comments were scraped from, if its address tells."""
    scrape = _SCRAPE.decode(raw)
    found = _VIDEO.search(scrape.video_url or "")
    if found is None:
        return None
    post_id = identifier(found[1], "video_url")
    return Post(platform=TIKTOK, post_id=post_id, native_type="video", title=scrape.caption)


def _scraped_key(comment: Scraped, scope: str) -> str:
    if comment.comment_id:
        return composite("comment", identifier(comment.comment_id, "comment_id"))
    key = digest(scope, comment.username, comment.create_time, comment.comment)
    return composite("comment", key)


def _expand_scraped(raw: bytes, context: Context) -> Iterator[Part]:
    yield Part(raw)
    replies = _SCRAPED_REPLIES.decode(raw).replies
    if not replies:
        return
    post: Post | None = context.header
    try:
        comment = _SCRAPED.decode(raw)
        parent: str | None = _scraped_key(comment, post.post_id if post else "")
    except (msgspec.DecodeError, RecordError):
        parent = None  # rejected itself; its replies need not be
    else:
        # the first of equal parents: a file without ids cannot say which was meant
        parent = parent if comment.comment_id else f"{parent}:1"
    for reply in replies:
        yield Part(bytes(reply), parent)


def _parse_scraped(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one scraped comment or reply into its records."""
    comment = _SCRAPED.decode(raw)
    post: Post | None = context.header
    parent: str | None = context.parent
    actor_id = f"@{identifier(comment.username, 'username')}"
    key = _scraped_key(comment, parent or (post.post_id if post else ""))
    told = Interaction(
        platform=TIKTOK,
        native_id=key,
        native_type="comment",
        actor_id=actor_id,
        post_id=post.post_id if post else None,
        parent_id=parent,
        thread_id=parent,
        text=comment.comment,
        occurred_at=instant(comment.create_time, "create_time", context.timezone),
        key_quality="native" if comment.comment_id else "derived",
        payload=msgspec.json.encode(comment),
    )
    yield told
    yield from counters_of(told, {"total_reply": comment.total_reply})
    if post is not None:
        yield post
    yield from profile(
        TIKTOK, actor_id, username=comment.username, display_name=comment.nickname
    )


def _recognises_scrape(head: bytes) -> bool:
    keys = outline(head)
    first = outline(keys.get("comments", b""))
    if first:
        return {"username", "nickname", "comment"} <= first.keys()
    return {"comments", "video_url", "caption"} <= keys.keys()


FORMATS = (
    Format(
        name="scraped_comments_json",
        expects="scraped TikTok comments (JSON with `video_url` and `comments`)",
        container=JsonArray("comments"),
        recognises=_recognises_scrape,
        parse=_parse_scraped,
        header=_scrape,
        expand=_expand_scraped,
    ),
)
