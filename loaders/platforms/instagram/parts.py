"""Comments and media of Instagram's Graph API -> raw records.

Source: single objects, as `graph` takes them out of what was fetched.
Shape:  one object and its place in; the comment or media out, with its author as a profile and
        its counts as counters. Who has no id is `@username`; a placeholder of deleted accounts
        is nobody.
Units:  `2018-02-23T21:32:16+0000`.
Errors: RecordError naming the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

import msgspec

from loaders.parsing.builders import counters, counters_of, key_of, precision_of, profile
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    NativeId,
    composite,
    identifier,
    optional_identifier,
    secondary,
)
from loaders.parsing.times import instant
from loaders.platforms.meta.download import is_placeholder
from loaders.records import ActorKind, Interaction, Post, Profile, Reason, Record, RecordError

INSTAGRAM = "instagram"


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


class Place(msgspec.Struct, frozen=True):
    """Where a comment stands, as told by what is around it."""

    media_id: str | None = None
    parent_id: str | None = None
    is_media: bool = False
    is_insight: bool = False
    owner_id: str | None = None  # the account of the media, and its name
    owner_name: str | None = None


TECHNICAL = {  # keys that hold nothing people said, or are taken apart by `graph`
    *("media_url", "thumbnail_url", "shortcode", "ig_id", "media_product_type", "paging"),
    *("replies", "comments", "insights", "legacy_instagram_media_id", "username"),
}
_COMMENT = Decoder(Comment, TECHNICAL | {*Comment.__struct_encode_fields__})
_MEDIA = Decoder(Media, TECHNICAL | {*Media.__struct_encode_fields__})


def account(user: User | None, username: str | None) -> tuple[str | None, str | None]:
    """The account's id, or its name in the place of it; and its name.

    The placeholder of deleted accounts is nobody.
    """
    name = (user and user.username) or username or None
    actor_id = secondary(optional_identifier, user.id, "from.id") if user else None
    if actor_id is None and name and not is_placeholder(name):
        actor_id = f"@{identifier(name, 'username')}"
    return actor_id, name


def author(actor_id: str | None, name: str | None) -> Iterator[Profile]:
    """Yield the account of whoever wrote something, where it has a name."""
    if name:
        kind: ActorKind | None = "deleted" if is_placeholder(name) else None
        yield from profile(INSTAGRAM, actor_id, kind, username=name)


def reference(media: Reference | None) -> str | None:
    """The media that is referred to."""
    return None if media is None else optional_identifier(media.id, "media.id")


def media_records(raw: bytes, zone: tzinfo | None) -> Iterator[Record]:
    """A media with its owner and its counts."""
    told = _MEDIA.decode(raw)
    post_id = identifier(told.id, "id")
    author_id, name = account(told.owner, told.username)
    yield Post(
        platform=INSTAGRAM,
        post_id=post_id,
        native_type=told.media_type,
        title=told.caption,
        url=told.permalink,
        posted_at=secondary(instant, told.timestamp, "timestamp", zone),
        author_id=author_id,
        community_id=author_id,
        community_name=name,
        owner_id=author_id,
    )
    totals = {"like_count": told.like_count, "comments_count": told.comments_count}
    yield from counters(INSTAGRAM, post_id, totals)
    if name:
        yield from profile(INSTAGRAM, author_id, "page", username=name)


def comment_records(raw: bytes, place: Place, zone: tzinfo | None) -> Iterator[Record]:
    """A comment with its author and its count of likes."""
    told = _COMMENT.decode(raw)
    actor_id, name = account(told.from_ or told.user, told.username)
    if place.owner_id is not None and actor_id == f"@{place.owner_name}":
        actor_id = place.owner_id
    kind: ActorKind | None = "deleted" if is_placeholder(name) else None
    if actor_id is not None and actor_id == place.owner_id:
        kind = "page"
    parent_id = place.parent_id or secondary(optional_identifier, told.parent_id, "parent_id")
    media_id = reference(told.media)
    occurred_at = instant(told.timestamp, "timestamp", zone)
    if told.text is None and occurred_at is None:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the object is no comment and no media")
    comment = Interaction(
        platform=INSTAGRAM,
        native_id=composite("comment", identifier(told.id, "id")),
        native_type="comment",
        actor_id=actor_id,
        actor_kind=kind,
        post_id=media_id or place.media_id,
        parent_id=key_of("comment", parent_id),
        thread_id=key_of("comment", parent_id),
        text=told.text,
        occurred_at=occurred_at,
        time_precision=precision_of(occurred_at),
        metadata=None if told.hidden is None else {"hidden": told.hidden},
        payload=msgspec.json.encode(told),
    )
    yield comment
    yield from counters_of(comment, {"like_count": told.like_count})
    yield from author(actor_id, name)
