"""Posts, replies, reposts, mentions and deletions of Threads -> raw records.

Source: single objects, as `threads` takes them out of what was fetched or delivered.
Shape:  one object and what was around it in; comments, shares, mentions and posts out, with
        the author as a profile.
Units:  `2024-01-01T18:20:00+0000`.
Errors: RecordError naming the key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo

import msgspec

from loaders.parsing.builders import key_of, precision_of, profile
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    NativeId,
    composite,
    identifier,
    optional_identifier,
    secondary,
)
from loaders.parsing.times import epoch, instant
from loaders.platforms.meta.download import is_placeholder
from loaders.platforms.meta.graph import fields_of
from loaders.records import ActorKind, Interaction, Post, Reason, Record, RecordError

THREADS = "threads"
REPOST = "REPOST_FACADE"
OF_THREADS = {  # fields that media and comments of Instagram do not have
    *("root_post", "replied_to", "is_reply", "is_quote_post", "quoted_post", "reposted_post"),
    *("hide_status", "reply_audience", "is_reply_owned_by_me", "has_replies", "topic_tag"),
}
_ADDRESSES = (b"threads.net/", b"threads.com/", rb"threads.net\/", rb"threads.com\/")


class Reference(msgspec.Struct, gc=False, omit_defaults=True):
    id: NativeId = None
    owner_id: NativeId = None
    username: str | None = None


class Thread(msgspec.Struct, gc=False, omit_defaults=True):
    """A post, a reply, a repost or what is left of one."""

    id: str | int
    text: str | None = None
    timestamp: str | None = None
    username: str | None = None
    owner: Reference | None = None
    media_type: str | None = None
    media_product_type: str | None = None
    permalink: str | None = None
    shortcode: str | None = None
    is_reply: bool | None = None
    is_quote_post: bool | None = None
    root_post: Reference | None = None
    replied_to: Reference | None = None
    quoted_post: Reference | None = None
    reposted_post: Reference | None = None
    hide_status: str | None = None
    deleted_at: str | int | None = None


class Author(msgspec.Struct, frozen=True):
    """Who wrote it; nobody where it is the placeholder of deleted accounts."""

    id: str | None
    kind: ActorKind | None


class Around(msgspec.Struct, frozen=True):
    """What is known of an object from where it stood."""

    field: str | None = None
    time: datetime | None = None
    target_id: str | None = None


TECHNICAL = {  # keys that hold nothing people said
    *("media_url", "thumbnail_url", "allowlisted_country_codes", "reply_audience", "gif_url"),
}
_THREAD = Decoder(Thread, TECHNICAL | {*Thread.__struct_encode_fields__})


def is_of_threads(fields: Mapping[str, bytes]) -> bool:
    """Whether an object of the Graph API is of Threads, by its fields."""
    product = fields.get("media_product_type")
    if product is not None:
        return product == b'"THREADS"'
    if not OF_THREADS.isdisjoint(fields):
        return True
    if fields.get("media_type") in (b'"TEXT_POST"', b'"REPOST_FACADE"'):
        return True
    link = fields.get("permalink")
    return link is not None and any(address in link for address in _ADDRESSES)


def parse(raw: bytes, around: Around, zone: tzinfo | None) -> Iterator[Record]:
    """Turn one object into its records."""
    thread = _THREAD.decode(raw)
    if thread.text is None and thread.timestamp is None and thread.deleted_at is None:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the object is no post and no reply")
    if around.field is None and not is_of_threads(fields_of(raw)):
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the object is not of Threads")
    author = _author(thread)
    posted_at = instant(thread.timestamp, "timestamp", zone)
    if around.field == "delete":
        yield from _deletion(thread, author, around)
    elif around.field == "mentions":
        yield _interaction(thread, "mention", author, posted_at, None)
        yield _post(thread, author.id, posted_at)
    elif thread.media_type == REPOST:
        shown = thread.reposted_post or Reference()
        where = identifier(shown.id, "reposted_post.id")
        yield _interaction(thread, "share", author, posted_at, where)
    elif _is_reply(thread):
        yield from _reply(thread, author, posted_at, around)
    else:
        quoted = secondary(optional_identifier, (thread.quoted_post or Reference()).id, "id")
        if quoted is not None:
            yield _interaction(thread, "share", author, posted_at, quoted)
        yield _post(thread, author.id, posted_at)
    if thread.username:
        yield from profile(THREADS, author.id, author.kind, username=thread.username)


def _is_reply(thread: Thread) -> bool:
    told = thread.replied_to is not None or thread.root_post is not None
    return thread.is_reply is True or (thread.is_reply is None and told)


def _author(thread: Thread) -> Author:
    """The account's id, or its name in the place of it; the placeholder is nobody."""
    owner = thread.owner or Reference()
    author_id = secondary(optional_identifier, owner.id or owner.owner_id, "owner.id")
    is_gone = is_placeholder(thread.username)
    if author_id is None and thread.username and not is_gone:
        author_id = f"@{identifier(thread.username, 'username')}"
    return Author(author_id, "deleted" if is_gone else None)


def _interaction(
    thread: Thread,
    native_type: str,
    author: Author,
    at: datetime | None,
    post_id: str | None,
) -> Interaction:
    """What all interactions have in common."""
    hidden = thread.hide_status
    return Interaction(
        platform=THREADS,
        native_id=composite(native_type, identifier(thread.id, "id")),
        native_type=native_type,
        actor_id=author.id,
        actor_kind=author.kind,
        post_id=post_id,
        text=thread.text,
        occurred_at=at,
        time_precision=precision_of(at),
        metadata=None if hidden is None else {"hidden": hidden in ("HIDDEN", "BLOCKED")},
        payload=msgspec.json.encode(thread),
    )


def _reply(
    thread: Thread,
    author: Author,
    at: datetime | None,
    around: Around,
) -> Iterator[Record]:
    """A reply: a comment on what its conversation began with."""
    root = thread.root_post or Reference()
    root_id = secondary(optional_identifier, root.id, "root_post.id")
    answered = secondary(
        optional_identifier, (thread.replied_to or Reference()).id, "replied_to.id"
    )
    post_id = root_id or answered
    told = _interaction(thread, "comment", author, at, post_id)
    parent_id = answered if answered not in (None, post_id) else None
    parent = key_of("comment", parent_id)
    yield msgspec.structs.replace(
        told, parent_id=parent, thread_id=parent, version_at=around.time
    )
    owner_id = secondary(optional_identifier, root.owner_id, "root_post.owner_id")
    if post_id is not None:
        yield Post(
            platform=THREADS,
            post_id=post_id,
            author_id=owner_id,
            community_id=owner_id,
            owner_id=owner_id,
        )


def _is_own(thread: Thread) -> bool:
    """Whether the post is one of the account that fetched it: only these have an owner."""
    owner = thread.owner or Reference()
    return (owner.id or owner.owner_id) is not None


def _post(thread: Thread, author_id: str | None, at: datetime | None) -> Post:
    return Post(
        platform=THREADS,
        post_id=identifier(thread.id, "id"),
        native_type=thread.media_type,
        title=thread.text,
        url=thread.permalink,
        posted_at=at,
        author_id=author_id,
        community_id=author_id,
        community_name=thread.username,
        owner_id=author_id if _is_own(thread) else None,
    )


def _deletion(thread: Thread, author: Author, around: Around) -> Iterator[Record]:
    """What was deleted: a post is marked, a reply taken back."""
    deleted_at = around.time
    if isinstance(thread.deleted_at, str) and not thread.deleted_at.isdigit():
        deleted_at = secondary(instant, thread.deleted_at, "deleted_at") or deleted_at
    elif thread.deleted_at is not None:
        deleted_at = secondary(epoch, thread.deleted_at, "deleted_at", "s or ms") or deleted_at
    if _is_reply(thread):
        told = _interaction(thread, "comment", author, None, None)
        yield msgspec.structs.replace(told, is_retracted=True, version_at=deleted_at)
        return
    yield Post(
        platform=THREADS,
        post_id=identifier(thread.id, "id"),
        author_id=author.id,
        owner_id=author.id if _is_own(thread) else None,
        is_removed=True,
        observed_at=deleted_at,
    )
