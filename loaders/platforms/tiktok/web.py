"""Comment lists of TikTok's web pages -> raw records; a part of `platforms.tiktok`.

Source: `comments[]` with `cid`, replies nested in `reply_comment[]`.
Shape:  one comment or reply in -> its interaction, its author, the video, its counters.
Units:  create_time epoch seconds.
Errors: RecordError naming the key; the rest of the list still lands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from loaders.parsing.builders import counters_of, profile
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, composite, number_id, optional_number_id, secondary
from loaders.parsing.formats import Context, Format, JsonArray, Part
from loaders.parsing.times import epoch
from loaders.platforms.tiktok.ids import TIKTOK, reference
from loaders.reading.json_values import outline
from loaders.records import Interaction, Post, Record


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


_COMMENT = Decoder(Comment)
_SHARED = Decoder(Shared)
_REPLIES = Decoder(Replies)


def _expand(raw: bytes, _: Context) -> Iterator[Part]:
    yield Part(raw)
    for reply in _REPLIES.decode(raw).reply_comment or ():
        yield Part(bytes(reply))


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one comment or reply of the web list into its records."""
    comment = _COMMENT.decode(raw)
    share = _SHARED.decode(raw).share_info
    user = comment.user or User()
    post_id = number_id(comment.aweme_id, "aweme_id")
    actor_id = optional_number_id(user.uid, "user.uid")
    thread_id = secondary(reference, comment.reply_id, "reply_id")
    told = Interaction(
        platform=TIKTOK,
        native_id=composite("comment", number_id(comment.cid, "cid")),
        native_type="comment",
        actor_id=actor_id,
        post_id=post_id,
        thread_id=thread_id,
        parent_id=secondary(reference, comment.reply_to_reply_id, "reply_to_reply_id")
        or thread_id,
        text=comment.text,
        occurred_at=epoch(comment.create_time, "create_time", "s"),
        payload=msgspec.json.encode(comment),
    )
    yield told
    counts = ("digg_count", "reply_comment_total")
    yield from counters_of(told, {name: getattr(comment, name) for name in counts})
    title = share.title if share else None
    yield Post(platform=TIKTOK, post_id=post_id, native_type="video", title=title)
    yield from profile(TIKTOK, actor_id, username=user.unique_id, display_name=user.nickname)


def _recognises_web(head: bytes) -> bool:
    keys = outline(head)
    first = outline(keys.get("comments", b""))
    if first:
        return {"cid", "create_time"} <= first.keys() or {"cid", "aweme_id"} <= first.keys()
    return {"comments", "has_more", "cursor"} <= keys.keys()


FORMATS = (
    Format(
        name="web_comments_json",
        expects="a TikTok web comment list (JSON with `comments`)",
        container=JsonArray("comments"),
        recognises=_recognises_web,
        parse=parse,
        expand=_expand,
    ),
)
