"""One line of the exchange format -> its record; a part of `platforms.generic`.

Source: a JSON object with `record`: interaction, profile, post, counter, content.
Shape:  one line in, one record out; ids, types and kinds exactly as given, no payload (every
        key has its column); unknown keys are ignored.
Units:  RFC 3339 times; without a zone only where one is declared; counts are whole numbers.
Errors: RecordError naming the key; a line without a known `record` is unsupported.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from loaders import records
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    NativeId,
    count,
    identifier,
    platform_name,
    required_text,
    secondary,
)
from loaders.parsing.formats import Context
from loaders.parsing.times import instant
from loaders.privacy.private_fields import account
from loaders.privacy.product_metadata import PRODUCT, allowed
from loaders.records import Reason, Record, RecordError


class Line(msgspec.Struct, tag_field="record", tag=str.lower, gc=False):
    """Any line of the format."""


class Interaction(Line, gc=False):
    platform: str
    id: str | int
    type: str
    actor_id: str | int | None
    post_id: NativeId = None
    occurred_at: str | None = None
    text: str | None = None
    thread_id: NativeId = None
    parent_id: NativeId = None
    kind: str | None = None
    sentiment: str | None = None
    retracted: bool | None = None
    version_at: str | None = None
    actor_kind: records.ActorKind | None = None
    metadata: dict[str, Any] | None = None


class Profile(Line, gc=False):
    platform: str
    actor_id: str | int
    username: str | None = None
    display_name: str | None = None
    profile_url: str | None = None
    follower_count: Any = None
    is_verified: bool | None = None
    actor_kind: records.ActorKind | None = None
    observed_at: str | None = None


class Post(Line, gc=False):
    platform: str
    post_id: str | int
    type: str | None = None
    title: str | None = None
    url: str | None = None
    posted_at: str | None = None
    author_id: NativeId = None
    community_id: NativeId = None
    community_name: str | None = None
    owner_id: NativeId = None
    removed: bool | None = None
    observed_at: str | None = None


class Counter(Line, gc=False):
    platform: str
    post_id: str | int
    metric: str
    value: Any
    observed_at: str | None = None


class ContentPost(msgspec.Struct, gc=False):
    platform: str
    post_id: str | int


class Content(Line, gc=False):
    content_id: str | int
    title: str | None = None
    slug: str | None = None
    posts: list[ContentPost] | None = None
    tags: list[records.ContentTag] | None = None


AnyLine = Interaction | Profile | Post | Counter | Content

_DECODER: Decoder[AnyLine] = Decoder(AnyLine)
_STRICT = _DECODER.strict
_KINDS = ("interaction", "profile", "post", "counter", "content")


def _decode_mended(raw: bytes) -> AnyLine:
    """A line without its bad secondary fields."""
    try:
        return _DECODER.decode(raw)
    except msgspec.ValidationError as error:
        said = str(error)
        if "`$.record`" in said or "required field `record`" in said:
            detail = f"record is none of {', '.join(_KINDS)}"
            raise RecordError(Reason.UNSUPPORTED_RECORD, detail) from None
        raise


def _id(value: NativeId, key: str) -> str | None:
    return None if value is None else identifier(value, key)


def _check_nobody(line: Interaction) -> None:
    """An actor may be null only together with the kind of account that nobody names."""
    if line.actor_kind not in ("anonymous", "deleted"):
        raise RecordError(
            Reason.MISSING_FIELD,
            "actor_id is null; that needs actor_kind anonymous or deleted",
        )


def _interaction(line: Interaction, context: Context) -> Record:
    zone = context.timezone
    occurred_at = instant(line.occurred_at, "occurred_at", zone)
    post_id, metadata = line.post_id, line.metadata
    thread_id, parent_id = line.thread_id, line.parent_id
    platform = platform_name(line.platform)
    actor_id: str | None = None
    if line.actor_id is None:
        _check_nobody(line)
    else:
        actor_id = identifier(line.actor_id, "actor_id")
    if platform == PRODUCT:
        actor_id, metadata = account(actor_id), metadata and allowed(metadata)
    return records.Interaction(  # by position: names would take a fifth of the parsing
        platform,
        identifier(line.id, "id"),
        required_text(line.type, "type"),
        actor_id,
        line.actor_kind,
        None if post_id is None else identifier(post_id, "post_id"),
        None if thread_id is None else secondary(identifier, thread_id, "thread_id"),
        None if parent_id is None else secondary(identifier, parent_id, "parent_id"),
        line.kind,
        line.text,
        line.sentiment,
        occurred_at,
        "second" if occurred_at else "unknown",
        None
        if line.version_at is None
        else secondary(instant, line.version_at, "version_at", zone),
        line.retracted is True,
        "native",
        metadata,
    )


def _profile(line: Profile, context: Context) -> Record:
    platform = platform_name(line.platform)
    actor_id = identifier(line.actor_id, "actor_id")
    return records.Profile(
        platform=platform,
        actor_id=(account(actor_id) or actor_id) if platform == PRODUCT else actor_id,
        actor_kind=line.actor_kind,
        username=line.username,
        display_name=line.display_name,
        profile_url=line.profile_url,
        follower_count=secondary(count, line.follower_count, "follower_count"),
        is_verified=line.is_verified,
        observed_at=secondary(instant, line.observed_at, "observed_at", context.timezone),
    )


def _post(line: Post, context: Context) -> Record:
    return records.Post(
        platform=platform_name(line.platform),
        post_id=identifier(line.post_id, "post_id"),
        native_type=line.type,
        title=line.title,
        url=line.url,
        posted_at=secondary(instant, line.posted_at, "posted_at", context.timezone),
        author_id=secondary(_id, line.author_id, "author_id"),
        community_id=secondary(_id, line.community_id, "community_id"),
        community_name=line.community_name,
        owner_id=secondary(_id, line.owner_id, "owner_id"),
        is_removed=line.removed,
        observed_at=secondary(instant, line.observed_at, "observed_at", context.timezone),
    )


def _counter(line: Counter, context: Context) -> Record:
    value = count(line.value, "value")
    if value is None:
        raise RecordError(Reason.MISSING_FIELD, "value is null")
    return records.Counter(
        platform=platform_name(line.platform),
        post_id=identifier(line.post_id, "post_id"),
        native_metric=required_text(line.metric, "metric"),
        value=value,
        observed_at=secondary(instant, line.observed_at, "observed_at", context.timezone),
    )


def _content(line: Content) -> Record:
    return records.Content(
        content_id=identifier(line.content_id, "content_id"),
        title=line.title,
        slug=line.slug,
        posts=tuple(
            records.ContentPost(
                platform_name(post.platform), identifier(post.post_id, "posts.post_id")
            )
            for post in line.posts or ()
        ),
        tags=tuple(
            records.ContentTag(
                required_text(tag.type, "tags.type"), required_text(tag.value, "tags.value")
            )
            for tag in line.tags or ()
        ),
    )


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one line into its record."""
    try:
        line = _STRICT(raw)  # nearly every line
    except msgspec.ValidationError:
        line = _decode_mended(raw)
    if isinstance(line, Interaction):
        return (_interaction(line, context),)
    if isinstance(line, Profile):
        return (_profile(line, context),)
    if isinstance(line, Post):
        return (_post(line, context),)
    if isinstance(line, Counter):
        return (_counter(line, context),)
    return (_content(line),)
