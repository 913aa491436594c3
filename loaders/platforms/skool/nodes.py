"""Posts and comments of Skool -> raw records; a part of `platforms.skool`.

Source: nodes of pages, as `pages` takes them out.
Shape:  one post or comment in -> a post with its counters, or an interaction; whom it names.
Units:  ISO times with any fraction, or whole micro- or nanoseconds since 1970.
Errors: RecordError naming the key; the rest of the page still lands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from loaders.parsing.builders import counters, counters_of, mention, precision_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    NativeId,
    composite,
    identifier,
    optional_identifier,
    secondary,
)
from loaders.parsing.formats import Context, Format, JsonArray
from loaders.parsing.times import epoch, instant
from loaders.platforms.skool.pages import Group, Place, expand
from loaders.platforms.skool.users import (
    NONE,
    SITE,
    SKOOL,
    User,
    profile_of,
    snake_case,
    user_of,
)
from loaders.reading.json_values import outline
from loaders.records import Interaction, Post, Reason, Record, RecordError

NANOSECONDS_FROM = 100_000_000_000_000_000  # as microseconds the year 5138, as nano- 1973

Time = str | int | None


class Metadata(msgspec.Struct, gc=False):
    title: str | None = None
    content: str | None = None
    upvotes: Any = None
    comments: Any = None


class Node(msgspec.Struct, gc=False):
    """A post or a comment."""

    id: str | int
    name: str | None = None
    metadata: Metadata | None = None
    created_at: Time = None
    updated_at: Time = None
    user_id: NativeId = None
    user: msgspec.Raw = NONE
    group_id: NativeId = None
    parent_id: NativeId = None
    root_id: NativeId = None
    post_type: str | None = None
    url: str | None = None
    scraped_at: Time = None


class Kept(msgspec.Struct, gc=False, omit_defaults=True):
    """The payload of a comment."""

    id: NativeId
    created_at: Time = None
    updated_at: Time = None
    parent_id: NativeId = None
    root_id: NativeId = None
    upvotes: Any = None


_NODE = Decoder(Node)
_MENTION = re.compile(r"\]\(obj://user/([\w-]+)\)")


def _time(value: Time, key: str, context: Context) -> datetime | None:
    if isinstance(value, int):
        return epoch(value, key, "ns" if abs(value) >= NANOSECONDS_FROM else "us")
    return instant(value or None, key, context.timezone)


def _node(raw: bytes) -> Node:
    return _NODE.decode(snake_case(raw))


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one post or comment into its records."""
    place: Place | None = context.parent
    if place is None:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "is neither a page nor a post")
    node = _node(raw)
    user = user_of(bytes(node.user))
    root_id = optional_identifier(node.root_id, "root_id")
    is_comment = place.is_comment or node.post_type == "comment"
    if is_comment or root_id not in (None, str(node.id)):
        yield from _comment(node, user, place, context)
    else:
        yield from _post(node, user, place, context)
    yield from profile_of(user)


def _actor(node: Node, user: User) -> str | None:
    return optional_identifier(node.user_id or user.id, "user_id")


def _post(node: Node, user: User, place: Place, context: Context) -> Iterator[Record]:
    post_id = identifier(node.id, "id")
    told = node.metadata or Metadata()
    group = place.group or Group()
    slug = f"{SITE}/{group.name}/{node.name}" if group.name and node.name else None
    posted_at = _time(node.created_at, "createdAt", context)
    observed_at = _time(node.scraped_at, "scrapedAt", context)
    yield Post(
        platform=SKOOL,
        post_id=post_id,
        native_type=node.post_type or "post",
        title=told.title or None,
        url=node.url or slug,
        posted_at=posted_at,
        author_id=_actor(node, user),
        community_id=secondary(optional_identifier, node.group_id or group.id, "groupId"),
        community_name=(group.metadata and group.metadata.display_name) or group.name,
    )
    counts = {"upvotes": told.upvotes, "comments": told.comments}
    yield from counters(SKOOL, post_id, counts, observed_at, "metadata.")
    posted = Interaction(
        platform=SKOOL,
        native_id=composite("post", post_id),
        native_type="post",
        actor_id=_actor(node, user),
        post_id=post_id,
        occurred_at=posted_at,
        time_precision=precision_of(posted_at),
        version_at=_time(node.updated_at, "updatedAt", context) or posted_at,
    )
    yield from _mentions(told.content, posted, None)


def _comment(node: Node, user: User, place: Place, context: Context) -> Iterator[Record]:
    told = node.metadata or Metadata()
    native_id = composite("comment", identifier(node.id, "id"))
    post_id = optional_identifier(node.root_id, "root_id") or place.post_id
    parent_id = secondary(optional_identifier, node.parent_id, "parent_id")
    occurred_at = _time(node.created_at, "created_at", context)
    parent = place.parent_id
    if parent_id is not None:
        parent = None if parent_id == post_id else composite("comment", parent_id)
    kept = Kept(
        node.id, node.created_at, node.updated_at, node.parent_id, node.root_id, told.upvotes
    )
    comment = Interaction(
        platform=SKOOL,
        native_id=native_id,
        native_type="comment",
        actor_id=_actor(node, user),
        post_id=post_id,
        thread_id=post_id,
        parent_id=parent,
        text=told.content or node.name,
        occurred_at=occurred_at,
        time_precision=precision_of(occurred_at),
        version_at=_time(node.updated_at, "updated_at", context) or occurred_at,
        payload=msgspec.json.encode(kept),
    )
    yield comment
    yield from counters_of(comment, {"upvotes": told.upvotes})
    yield from _mentions(comment.text, comment, native_id)


def _mentions(text: str | None, by: Interaction, parent_id: str | None) -> Iterator[Record]:
    for mentioned in dict.fromkeys(_MENTION.findall(text or "")):
        key = composite("mention", by.native_id, mentioned)
        yield mention(by, key, parent_id, {"mentioned_id": mentioned})


def _recognises_page(head: bytes) -> bool:
    keys = outline(head)
    for key in ("props", "pageProps"):
        keys = outline(keys[key]) if key in keys else keys
    if "renderData" in keys:
        keys = outline(keys["renderData"]) | keys
    if {"postTree", "postTrees", "post_tree"} & keys.keys():
        return True
    told = keys.get("metadata", b"") + keys.get("url", b"")
    return {"id", "metadata", "user"} <= keys.keys() and (
        b"skool" in told or b'"upvotes"' in told
    )


FORMATS = (
    Format(
        name="skool_page_json",
        expects="a Skool page of posts or comments (JSON)",
        container=JsonArray(),
        recognises=_recognises_page,
        parse=parse,
        expand=expand,
    ),
)
