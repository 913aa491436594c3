"""TikTok comments -> raw records.

Source: the web comment list (`comments[]` with `cid`, replies nested in `reply_comment[]`);
        Research API answers (`data.comments[]`, `data.videos[]`); one scraper's own shape of
        2023 and 2024 (`comments[]` with `username`, replies in `replies[]`); data downloads
        (see `tiktok_download`).
Export: save the JSON of the comment list that a video's page loads, or the answers of the
        Research API; or ask for your data in the settings of the app, format JSON.
Shape:  one comment in -> its interaction, its author as a profile, the video as a post; each
        reply is a record of its own. Counts of comments stay in the payload, those of a
        video are counters. The Research API names no author: the actor is null.
Units:  create_time epoch seconds. Scraper: naive local time, so --timezone is needed; in 2023
        no ids, so they are derived from video, parent, author, time and text, and numbered
        among equals of the file; actors are `@username`, for the account's id is unknown.
Errors: RecordError naming the key; the rest of the list still lands.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from loaders.fields import NativeId, composite, count, identifier, optional_identifier
from loaders.formats import Context, Format, JsonArray, JsonLists, Part
from loaders.json_stream import outline
from loaders.platforms import tiktok_download
from loaders.records import Counter, Interaction, Post, Profile, Record, RecordError
from loaders.times import epoch, instant

PLATFORM = "tiktok"
NO_ID = "0"


class User(msgspec.Struct, gc=False, omit_defaults=True):
    uid: NativeId = None
    unique_id: str | None = None
    nickname: str | None = None
    sec_uid: str | None = None


class ShareInfo(msgspec.Struct, gc=False):
    title: str | None = None


class Comment(msgspec.Struct, gc=False, omit_defaults=True):
    cid: str | int
    aweme_id: str | int
    create_time: int | str
    text: str | None = None
    user: User | None = None
    reply_id: NativeId = None
    reply_to_reply_id: NativeId = None
    digg_count: Any = None
    reply_comment_total: Any = None
    comment_language: str | None = None
    is_author_digged: bool | None = None
    status: Any = None


class Shared(msgspec.Struct, gc=False):
    share_info: ShareInfo | None = None


class Replies(msgspec.Struct, gc=False):
    reply_comment: list[msgspec.Raw] | None = None


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


_COMMENT = msgspec.json.Decoder(Comment)
_SHARED = msgspec.json.Decoder(Shared)
_REPLIES = msgspec.json.Decoder(Replies)
_SCRAPED = msgspec.json.Decoder(Scraped)
_SCRAPED_REPLIES = msgspec.json.Decoder(ScrapedReplies)
_SCRAPE = msgspec.json.Decoder(Scrape)
_VIDEO = re.compile(r"/video/([0-9]+)")


def _expand(raw: bytes, _: Context) -> Iterator[Part]:
    yield Part(raw)
    for reply in _REPLIES.decode(raw).reply_comment or ():
        yield Part(bytes(reply))


def _reference(value: NativeId, key: str) -> str | None:
    text = optional_identifier(value, key)
    return None if text is None or text == NO_ID else composite("comment", text)


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one comment or reply of the web list into its records."""
    comment = _COMMENT.decode(raw)
    share = _SHARED.decode(raw).share_info
    user = comment.user or User()
    count(comment.digg_count, "digg_count")
    count(comment.reply_comment_total, "reply_comment_total")
    post_id = identifier(comment.aweme_id, "aweme_id")
    actor_id = optional_identifier(user.uid, "user.uid")
    thread_id = _reference(comment.reply_id, "reply_id")
    yield Interaction(
        platform=PLATFORM,
        native_id=composite("comment", identifier(comment.cid, "cid")),
        native_type="comment",
        actor_id=actor_id,
        post_id=post_id,
        thread_id=thread_id,
        parent_id=_reference(comment.reply_to_reply_id, "reply_to_reply_id") or thread_id,
        text=comment.text,
        occurred_at=epoch(comment.create_time, "create_time", "s"),
        payload=msgspec.json.encode(comment),
    )
    yield Post(
        platform=PLATFORM,
        post_id=post_id,
        native_type="video",
        title=share.title if share else None,
    )
    if actor_id is not None:
        yield Profile(
            platform=PLATFORM,
            actor_id=actor_id,
            username=user.unique_id,
            display_name=user.nickname,
        )


class Researched(msgspec.Struct, gc=False, omit_defaults=True):
    id: str | int
    create_time: int | str
    video_id: NativeId = None
    parent_comment_id: NativeId = None
    text: str | None = None
    like_count: Any = None
    reply_count: Any = None


class Video(msgspec.Struct, gc=False):
    id: str | int
    create_time: int | str | None = None
    username: str | None = None
    video_description: str | None = None
    title: str | None = None
    share_url: str | None = None
    like_count: Any = None
    comment_count: Any = None
    share_count: Any = None
    view_count: Any = None


_RESEARCHED = msgspec.json.Decoder(Researched)
_A_VIDEO = msgspec.json.Decoder(Video)
METRICS = ("like_count", "comment_count", "share_count", "view_count")


def _parse_research(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one comment or video of the Research API into its records."""
    return _video(raw) if context.keys[-1] == "videos" else _researched(raw)


def _researched(raw: bytes) -> Iterator[Record]:
    comment = _RESEARCHED.decode(raw)
    count(comment.like_count, "like_count")
    count(comment.reply_count, "reply_count")
    post_id = optional_identifier(comment.video_id, "video_id")
    parent_id = _reference(comment.parent_comment_id, "parent_comment_id")
    if post_id is not None and parent_id == f"comment:{post_id}":
        parent_id = None  # of a comment on the video itself it is the video
    yield Interaction(
        platform=PLATFORM,
        native_id=composite("comment", identifier(comment.id, "id")),
        native_type="comment",
        post_id=post_id,
        thread_id=parent_id,
        parent_id=parent_id,
        text=comment.text,
        occurred_at=epoch(comment.create_time, "create_time", "s"),
        payload=msgspec.json.encode(comment),
    )
    if post_id is not None:
        yield Post(platform=PLATFORM, post_id=post_id, native_type="video")


def _video(raw: bytes) -> Iterator[Record]:
    video = _A_VIDEO.decode(raw)
    post_id = identifier(video.id, "id")
    yield Post(
        platform=PLATFORM,
        post_id=post_id,
        native_type="video",
        title=video.title or video.video_description,
        url=video.share_url,
        posted_at=epoch(video.create_time, "create_time", "s"),
        author_id=f"@{video.username}" if video.username else None,
    )
    for metric in METRICS:
        value = count(getattr(video, metric), metric)
        if value is not None:
            yield Counter(platform=PLATFORM, post_id=post_id, native_metric=metric, value=value)


def _scrape(raw: bytes) -> Post | None:
    """The video the comments were scraped from, if its address tells."""
    scrape = _SCRAPE.decode(raw)
    found = _VIDEO.search(scrape.video_url or "")
    if found is None:
        return None
    return Post(
        platform=PLATFORM,
        post_id=identifier(found[1], "video_url"),
        native_type="video",
        title=scrape.caption,
    )


def _scraped_key(comment: Scraped, scope: str) -> str:
    if comment.comment_id:
        return composite("comment", identifier(comment.comment_id, "comment_id"))
    told = (scope, comment.username, comment.create_time, comment.comment or "")
    return f"comment:{hashlib.md5(chr(31).join(told).encode()).hexdigest()}"


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
    count(comment.total_reply, "total_reply")
    post: Post | None = context.header
    parent: str | None = context.parent
    actor_id = f"@{identifier(comment.username, 'username')}"
    key = _scraped_key(comment, parent or (post.post_id if post else ""))
    yield Interaction(
        platform=PLATFORM,
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
    if post is not None:
        yield post
    yield Profile(
        platform=PLATFORM,
        actor_id=actor_id,
        username=comment.username,
        display_name=comment.nickname,
    )


def _recognises_web(head: bytes) -> bool:
    keys = outline(head)
    first = outline(keys.get("comments", b""))
    if first:
        return {"cid", "create_time"} <= first.keys() or {"cid", "aweme_id"} <= first.keys()
    return {"comments", "has_more", "cursor"} <= keys.keys()


def _recognises_research(head: bytes) -> bool:
    data = outline(outline(head).get("data", b""))
    comment, video = outline(data.get("comments", b"")), outline(data.get("videos", b""))
    if {"id", "create_time"} <= comment.keys() and {"video_id", "text"} & comment.keys():
        return True
    if "id" in video and {"video_description", "view_count", "share_count"} & video.keys():
        return True
    return {"cursor", "has_more"} <= data.keys() and bool({"comments", "videos"} & data.keys())


def _recognises_scrape(head: bytes) -> bool:
    keys = outline(head)
    first = outline(keys.get("comments", b""))
    if first:
        return {"username", "nickname", "comment"} <= first.keys()
    return {"comments", "video_url", "caption"} <= keys.keys()


FORMATS = (
    Format(
        name="web_comments_json",
        expects="a TikTok web comment list (JSON with `comments`)",
        container=JsonArray("comments"),
        recognises=_recognises_web,
        parse=parse,
        expand=_expand,
    ),
    Format(
        name="research_json",
        expects="a TikTok Research API answer (JSON with `data.comments` or `data.videos`)",
        container=JsonLists(lambda keys: keys in (("data", "comments"), ("data", "videos"))),
        recognises=_recognises_research,
        parse=_parse_research,
    ),
    Format(
        name="scraped_comments_json",
        expects="scraped TikTok comments (JSON with `video_url` and `comments`)",
        container=JsonArray("comments"),
        recognises=_recognises_scrape,
        parse=_parse_scraped,
        header=_scrape,
        expand=_expand_scraped,
    ),
    *tiktok_download.FORMATS,
)
