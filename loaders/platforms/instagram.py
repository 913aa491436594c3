"""Instagram -> raw records.

Source: Graph API comments and media, as objects and as pages (`data` and `paging`); webhook
        bodies with `changes` (comments, live comments, mentions, story insights) and with
        conversations (see `meta_messaging`); data downloads (see `instagram_download`).
Export: save the answers of Graph API calls such as `/{media-id}/comments`, or the bodies of
        a webhook for `comments` and `mentions`; or ask for a copy of your information in the
        Accounts Centre, format JSON.
Shape:  a comment and each answer to it are records of their own, a media is a post, and its
        like_count and comments_count are counters; a comment's own stay in the payload. Who
        comments is told since October 2021: before, a webhook names nobody, and an object
        often the username only, which then stands for the account, as `@username`. A mention
        says where, not who. Likers, savers and viewers are never told.
Units:  `2018-02-23T21:32:16+0000`. A webhook has no time of the comment: entry.time, seconds
        (messages: milliseconds), is when it was delivered, and metadata says so.
Errors: RecordError naming the key; the other parts still land.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from loaders.fields import NativeId, composite, count, identifier, optional_identifier
from loaders.formats import Context, Format, JsonArray, Part
from loaders.json_stream import outline
from loaders.platforms import instagram_download, meta_messaging
from loaders.records import Counter, Interaction, Post, Profile, Reason, Record, RecordError
from loaders.times import epoch, instant

PLATFORM = "instagram"
DELIVERED = {"time_basis": "delivered"}


class User(msgspec.Struct, gc=False, omit_defaults=True):
    id: NativeId = None
    username: str | None = None


class Reference(msgspec.Struct, gc=False, omit_defaults=True):
    id: NativeId = None
    media_product_type: str | None = None


class Comment(msgspec.Struct, gc=False, omit_defaults=True):
    id: str | int
    text: str | None = None
    timestamp: str | None = None
    username: str | None = None
    from_: User | None = msgspec.field(default=None, name="from")
    user: User | None = None
    media: Reference | None = None
    parent_id: NativeId = None
    like_count: Any = None
    hidden: bool | None = None


class Media(msgspec.Struct, gc=False):
    id: str | int
    caption: str | None = None
    media_type: str | None = None
    permalink: str | None = None
    timestamp: str | None = None
    username: str | None = None
    owner: User | None = None
    like_count: Any = None
    comments_count: Any = None


class Edge(msgspec.Struct, gc=False):
    data: list[msgspec.Raw] | None = None


class Edges(msgspec.Struct, gc=False):
    id: NativeId = None
    comments: Edge | None = None
    replies: Edge | None = None
    media: Reference | None = None


class Paging(msgspec.Struct, gc=False):
    next: str | None = None
    previous: str | None = None


class Page(msgspec.Struct, gc=False):
    paging: Paging | None = None


class Place(msgspec.Struct, frozen=True):
    """Where a comment stands, as told by what is around it."""

    media_id: str | None = None
    parent_id: str | None = None
    is_media: bool = False


class Entry(msgspec.Struct, gc=False):
    id: NativeId = None
    time: int | str | None = None
    changes: list[msgspec.Raw] | None = None
    messaging: list[msgspec.Raw] | None = None
    standby: list[msgspec.Raw] | None = None


class Delivered(msgspec.Struct, frozen=True):
    """What the entry around a change or an event says."""

    account_id: str | None
    time: datetime | None
    is_conversation: bool


class Value(msgspec.Struct, gc=False, omit_defaults=True):
    """What a change says of a comment, a mention or a story."""

    id: NativeId = None
    text: str | None = None
    from_: User | None = msgspec.field(default=None, name="from")
    media: Reference | None = None
    parent_id: NativeId = None
    media_id: NativeId = None
    comment_id: NativeId = None


class Change(msgspec.Struct, gc=False, omit_defaults=True):
    field: str
    value: Value


_COMMENT = msgspec.json.Decoder(Comment)
_MEDIA = msgspec.json.Decoder(Media)
_EDGES = msgspec.json.Decoder(Edges)
_PAGE = msgspec.json.Decoder(Page)
_ENTRY = msgspec.json.Decoder(Entry)
_CHANGE = msgspec.json.Decoder(Change)
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ADDRESS = re.compile(
    r"graph\.(?:facebook|instagram)\.com/(?:v[\d.]+/)?(\d+)/(comments|replies)"
)
OF_MEDIA = {"media_type", "permalink", "caption", "shortcode", "comments_count", "media_url"}


def _header(raw: bytes) -> Place:
    """What a page of comments belongs to, as far as the address of another page tells."""
    paging = _PAGE.decode(raw).paging or Paging()
    found = _ADDRESS.search(paging.next or paging.previous or "")
    if found is None:
        return Place()
    return Place(media_id=found[1]) if found[2] == "comments" else Place(parent_id=found[1])


def _expand(raw: bytes, context: Context) -> Iterator[Part]:
    keys = set(_KEYS.decode(raw))
    if not keys & OF_MEDIA:
        yield from _comments(raw, context.header or Place())
        return
    edges = _EDGES.decode(raw)
    yield Part(raw, Place(is_media=True))
    place = Place(media_id=optional_identifier(edges.id, "id"))
    for comment in (edges.comments and edges.comments.data) or ():
        yield from _comments(bytes(comment), place)


def _comments(raw: bytes, place: Place) -> Iterator[Part]:
    """A comment and the answers to it; a broken one is itself a part."""
    yield Part(raw, place)
    try:
        edges = _EDGES.decode(raw)
        media_id = place.media_id or _reference(edges.media)
        parent_id = identifier(edges.id, "id")
    except (msgspec.DecodeError, RecordError):
        return
    for reply in (edges.replies and edges.replies.data) or ():
        yield from _comments(bytes(reply), Place(media_id, parent_id))


def _account(user: User | None, username: str | None) -> tuple[str | None, str | None]:
    """The account's id, or its name in the place of it; and its name."""
    name = (user and user.username) or username
    actor_id = optional_identifier(user.id, "from.id") if user else None
    if actor_id is None and name:
        actor_id = f"@{identifier(name, 'username')}"
    return actor_id, name


def _reference(media: Reference | None) -> str | None:
    return None if media is None else optional_identifier(media.id, "media.id")


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one object, or part of one, into its records."""
    place: Place = context.parent
    return _media(raw, context) if place.is_media else _comment(raw, place, context)


def _media(raw: bytes, context: Context) -> Iterator[Record]:
    media = _MEDIA.decode(raw)
    post_id = identifier(media.id, "id")
    author_id, name = _account(media.owner, media.username)
    yield Post(
        platform=PLATFORM,
        post_id=post_id,
        native_type=media.media_type,
        title=media.caption,
        url=media.permalink,
        posted_at=instant(media.timestamp, "timestamp", context.timezone),
        author_id=author_id,
        community_id=author_id,
        community_name=name,
    )
    for metric in ("like_count", "comments_count"):
        value = count(getattr(media, metric), metric)
        if value is not None:
            yield Counter(platform=PLATFORM, post_id=post_id, native_metric=metric, value=value)
    if author_id is not None and name:
        yield Profile(platform=PLATFORM, actor_id=author_id, actor_kind="page", username=name)


def _comment(raw: bytes, place: Place, context: Context) -> Iterator[Record]:
    comment = _COMMENT.decode(raw)
    count(comment.like_count, "like_count")
    actor_id, name = _account(comment.from_ or comment.user, comment.username)
    parent_id = place.parent_id or optional_identifier(comment.parent_id, "parent_id")
    media_id = _reference(comment.media)
    occurred_at = instant(comment.timestamp, "timestamp", context.timezone)
    if comment.text is None and occurred_at is None:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the object is no comment and no media")
    yield Interaction(
        platform=PLATFORM,
        native_id=composite("comment", identifier(comment.id, "id")),
        native_type="comment",
        actor_id=actor_id,
        post_id=media_id or place.media_id,
        parent_id=composite("comment", parent_id) if parent_id else None,
        thread_id=composite("comment", parent_id) if parent_id else None,
        text=comment.text,
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
        metadata=None if comment.hidden is None else {"hidden": comment.hidden},
        payload=msgspec.json.encode(comment),
    )
    if actor_id is not None and name:
        yield Profile(platform=PLATFORM, actor_id=actor_id, username=name)


def _expand_entry(raw: bytes, _: Context) -> Iterator[Part]:
    entry = _ENTRY.decode(raw)
    account_id = optional_identifier(entry.id, "entry.id")
    time = epoch(entry.time, "entry.time", "s or ms")
    for change in entry.changes or ():
        yield Part(bytes(change), Delivered(account_id, time, False))
    for event in (*(entry.messaging or ()), *(entry.standby or ())):
        yield Part(bytes(event), Delivered(account_id, time, True))
    if not (entry.changes or entry.messaging or entry.standby):
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the entry has no changes")


def _delivered(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one change or event of a webhook into its records."""
    around: Delivered = context.parent
    if around.is_conversation:
        yield from meta_messaging.parse(raw, PLATFORM, around.account_id)
        return
    change = _CHANGE.decode(raw)
    value = change.value
    if change.field == "story_insights":
        yield from _insights(raw, value, around)
        return
    actor_id, name = _account(value.from_, None)
    media_id = _reference(value.media) or optional_identifier(value.media_id, "media_id")
    parent_id = optional_identifier(value.parent_id, "parent_id")
    comment_id = optional_identifier(value.comment_id or value.id, "id")
    told = Interaction(
        platform=PLATFORM,
        native_id="",
        native_type=change.field,
        actor_id=actor_id,
        actor_kind="page" if actor_id is not None and actor_id == around.account_id else None,
        post_id=media_id,
        parent_id=composite("comment", parent_id) if parent_id else None,
        thread_id=composite("comment", parent_id) if parent_id else None,
        text=value.text,
        occurred_at=around.time,
        time_precision="second" if around.time else "unknown",
        version_at=around.time,
        metadata=DELIVERED,
        payload=msgspec.json.encode(change),
    )
    if change.field in ("comments", "live_comments"):
        key = composite("comment", identifier(value.id, "id"))
        yield msgspec.structs.replace(told, native_id=key, native_type="comment")
    elif change.field == "mentions":
        where = identifier(comment_id or media_id, "media_id")
        parent = composite("comment", comment_id) if comment_id else None
        yield msgspec.structs.replace(
            told,
            native_id=composite("mention", where),
            native_type="mention",
            parent_id=parent,
        )
    elif comment_id is not None or (actor_id is not None and around.time is not None):
        said = (comment_id, media_id, actor_id, around.time and around.time.isoformat())
        key = composite(change.field, *(word for word in said if word))
        yield msgspec.structs.replace(told, native_id=key, key_quality="weak")
    else:
        detail = "the change is of an unknown kind and names no actor and no id"
        raise RecordError(Reason.UNSUPPORTED_RECORD, detail)
    if media_id is not None:
        yield Post(platform=PLATFORM, post_id=media_id, community_id=around.account_id)
    if actor_id is not None and name:
        yield Profile(platform=PLATFORM, actor_id=actor_id, username=name)


def _insights(raw: bytes, value: Value, around: Delivered) -> Iterator[Record]:
    """The numbers of a story when it ends."""
    media_id = identifier(value.media_id, "media_id")
    numbers = _KEYS.decode(_KEYS.decode(raw)["value"])
    yield Post(
        platform=PLATFORM,
        post_id=media_id,
        native_type="story",
        community_id=around.account_id,
    )
    for metric, told in sorted(numbers.items()):
        number = msgspec.json.decode(told)
        if metric == "media_id" or not isinstance(number, int | float) or number == -1:
            continue  # -1: fewer than five people, not told
        counted = count(number, metric)
        assert counted is not None
        yield Counter(
            platform=PLATFORM,
            post_id=media_id,
            native_metric=metric,
            value=counted,
            observed_at=around.time,
        )


OTHERS = {"entry", "record", "messages", "items", "cid", "conversation"}
OF_COMMENT = {
    "username",
    "like_count",
    "from",
    "user",
    "media",
    "replies",
    "hidden",
    "parent_id",
}


def _is_object(keys: Iterable[str]) -> bool:
    found = set(keys)
    if OTHERS & found or "created_time" in found or "created_at" in found:
        return False
    is_comment = {"id", "text", "timestamp"} <= found
    is_bare = {"id", "text"} <= found and {"username", "media"} & found
    return bool("id" in found and (is_comment or is_bare or len(found & OF_MEDIA) > 1))


def _recognises_object(head: bytes) -> bool:
    keys = outline(head)
    return "data" not in keys and _is_object(keys)


def _recognises_page(head: bytes) -> bool:
    data = outline(head).get("data", b"")
    return data.startswith(b"[") and _is_object(outline(data))


def _recognises_body(head: bytes) -> bool:
    keys = outline(head)
    return keys.get("object") == b'"instagram"' and "entry" in keys


FORMATS = (
    Format(
        name="instagram_webhook_json",
        expects="Instagram webhook bodies (JSON with `entry`)",
        container=JsonArray("entry"),
        recognises=_recognises_body,
        parse=_delivered,
        expand=_expand_entry,
    ),
    Format(
        name="instagram_objects_json",
        expects="Instagram comments and media (Graph API JSON)",
        container=JsonArray(),
        recognises=_recognises_object,
        parse=parse,
        expand=_expand,
    ),
    Format(
        name="instagram_page_json",
        expects="pages of Instagram comments and media (Graph API JSON with `data`)",
        container=JsonArray("data"),
        recognises=_recognises_page,
        parse=parse,
        header=_header,
        expand=_expand,
    ),
    *instagram_download.FORMATS,
)
