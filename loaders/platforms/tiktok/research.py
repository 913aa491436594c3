"""Comments and videos of TikTok's Research API; a part of `platforms.tiktok`.

Source: answers with `data.comments[]` or `data.videos[]`.
Shape:  one comment in -> its interaction, of nobody, for the API names no author; one video in
        -> it as a post with its counters, owned by the account that made it, `@username`.
Units:  create_time epoch seconds.
Errors: RecordError naming the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from loaders.parsing.builders import counters, counters_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    NativeId,
    composite,
    number_id,
    optional_identifier,
    secondary,
)
from loaders.parsing.formats import Context, Format, JsonLists
from loaders.parsing.times import epoch
from loaders.platforms.tiktok.ids import TIKTOK, reference
from loaders.reading.json_values import outline
from loaders.records import Interaction, Post, Record


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


_RESEARCHED = Decoder(Researched)
_A_VIDEO = Decoder(Video)
METRICS = ("like_count", "comment_count", "share_count", "view_count")


def _parse_research(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one comment or video of the Research API into its records."""
    return _video(raw) if context.keys[-1] == "videos" else _researched(raw)


def _researched(raw: bytes) -> Iterator[Record]:
    comment = _RESEARCHED.decode(raw)
    post_id = optional_identifier(comment.video_id, "video_id")
    parent_id = secondary(reference, comment.parent_comment_id, "parent_comment_id")
    if post_id is not None and parent_id == f"comment:{post_id}":
        parent_id = None  # of a comment on the video itself it is the video
    told = Interaction(
        platform=TIKTOK,
        native_id=composite("comment", number_id(comment.id, "id")),
        native_type="comment",
        post_id=post_id,
        thread_id=parent_id,
        parent_id=parent_id,
        text=comment.text,
        occurred_at=epoch(comment.create_time, "create_time", "s"),
        payload=msgspec.json.encode(comment),
    )
    yield told
    counts = ("like_count", "reply_count")
    yield from counters_of(told, {name: getattr(comment, name) for name in counts})
    if post_id is not None:
        yield Post(platform=TIKTOK, post_id=post_id, native_type="video")


def _video(raw: bytes) -> Iterator[Record]:
    video = _A_VIDEO.decode(raw)
    post_id = number_id(video.id, "id")
    author_id = f"@{video.username}" if video.username else None
    yield Post(
        platform=TIKTOK,
        post_id=post_id,
        native_type="video",
        title=video.title or video.video_description,
        url=video.share_url,
        posted_at=secondary(epoch, video.create_time, "create_time", "s"),
        author_id=author_id,
        owner_id=author_id,
    )
    yield from counters(TIKTOK, post_id, {name: getattr(video, name) for name in METRICS})


def _recognises_research(head: bytes) -> bool:
    data = outline(outline(head).get("data", b""))
    comment, video = outline(data.get("comments", b"")), outline(data.get("videos", b""))
    if {"id", "create_time"} <= comment.keys() and {"video_id", "text"} & comment.keys():
        return True
    if "id" in video and {"video_description", "view_count", "share_count"} & video.keys():
        return True
    return {"cursor", "has_more"} <= data.keys() and bool({"comments", "videos"} & data.keys())


FORMATS = (
    Format(
        name="research_json",
        expects="a TikTok Research API answer (JSON with `data.comments` or `data.videos`)",
        container=JsonLists(lambda keys: keys in (("data", "comments"), ("data", "videos"))),
        recognises=_recognises_research,
        parse=_parse_research,
    ),
)
