"""Posts and comments of Facebook's Graph API -> raw records.

Source: single objects, as `graph` takes them out of what was fetched.
Shape:  one object and its place in; the post or comment out, with profiles
        and counters. A Page owns the posts that begin with its id. An author without an id is
        nobody until a later delivery has the id: metadata has the name.
Units:  `2010-09-14T22:41:25+0000`.
Errors: RecordError naming the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

import msgspec

from loaders.parsing.builders import counters, counters_of, key_of, precision_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    NativeId,
    composite,
    identifier,
    optional_identifier,
    secondary,
)
from loaders.parsing.times import instant
from loaders.platforms.facebook import objects
from loaders.platforms.facebook.objects import Place, page_of
from loaders.platforms.facebook.people import FACEBOOK, Person, actor_kind, named
from loaders.platforms.meta.graph import fields_of
from loaders.records import Interaction, Post, Record


class Summary(msgspec.Struct, gc=False):
    total_count: Any = None


class Total(msgspec.Struct, gc=False):
    """An edge, as far as it counts."""

    summary: Summary | None = None
    count: Any = None


Edge = Total | list[msgspec.Raw] | int | None


class Object(msgspec.Struct, gc=False):
    """The fields of a post that land."""

    id: str | int
    from_: Person | None = msgspec.field(default=None, name="from")
    message: str | None = None
    story: str | None = None
    description: str | None = None
    permalink_url: str | None = None
    created_time: str | int | None = None
    is_published: bool | None = None
    to: Any = None
    comments: Edge = None
    likes: Edge = None
    reactions: Edge = None
    shares: Edge = None


class Reference(msgspec.Struct, gc=False, omit_defaults=True):
    id: NativeId = None


class Comment(msgspec.Struct, gc=False, omit_defaults=True):
    id: str | int
    from_: Person | None = msgspec.field(default=None, name="from")
    message: str | None = None
    created_time: str | None = None
    parent: Reference | None = None
    object: Reference | None = None
    comment_count: Any = None
    like_count: Any = None
    is_hidden: bool | None = None


class Totals(msgspec.Struct, gc=False):
    """What a comment has besides: totals of its edges."""

    comments: Edge = None
    likes: Edge = None
    reactions: Edge = None


TECHNICAL = {  # keys that hold nothing people said
    *("type", "paging", "icon", "picture", "full_picture", "source", "images", "link"),
    *("actions", "updated_time", "status_type", "privacy", "object_id", "parent_id"),
    *("application", "format", "promotion_status", "timeline_visibility", "backdated_time"),
    "backdated_time_granularity",
    *("insights", "edges", "permalink_url", "embed_html", "place", "coordinates", "targeting"),
    *("feed_targeting", "instagram_eligibility", "via", "admin_creator"),
}
_OBJECT = Decoder(Object, TECHNICAL | {*Object.__struct_encode_fields__})
_COMMENT = Decoder(
    Comment, TECHNICAL | {*Comment.__struct_encode_fields__, *Totals.__struct_encode_fields__}
)
_TOTALS = Decoder(Totals)


def post_records(raw: bytes, zone: tzinfo | None) -> Iterator[Record]:
    """A post with its author and its totals."""
    told = _OBJECT.decode(raw)
    post_id = identifier(told.id, "id")
    author = told.from_ or Person()
    author_id = secondary(optional_identifier, author.id, "from.id")
    created = told.created_time if isinstance(told.created_time, str) else None
    page_id = page_of(post_id)
    is_of_author = author.category is not None and told.to is None
    yield Post(
        platform=FACEBOOK,
        post_id=post_id,
        native_type=objects.native_type(fields_of(raw)),
        title=told.message or told.story or told.description,
        url=told.permalink_url,
        posted_at=secondary(instant, created, "created_time", zone),
        author_id=author_id,
        community_id=page_id,
        owner_id=page_id or (author_id if is_of_author else None),
        is_removed=None if told.is_published is None else not told.is_published,
    )
    yield from named(author_id, author.name)
    edges = {"comments": told.comments, "likes": told.likes, "reactions": told.reactions}
    totals = {name: _total(edge) for name, edge in {**edges, "shares": told.shares}.items()}
    yield from counters(FACEBOOK, post_id, totals)


def comment_records(raw: bytes, place: Place, zone: tzinfo | None) -> Iterator[Record]:
    """A comment with its author, its post and its totals."""
    told = _COMMENT.decode(raw)
    author = told.from_ or Person()
    actor_id = secondary(optional_identifier, author.id, "from.id")
    comment_id = identifier(told.id, "id")
    post_id = place.post_id or objects.post_of(comment_id)
    if post_id is None and told.object is not None:
        post_id = optional_identifier(told.object.id, "object.id")
    parent_id = place.comment_id
    if parent_id is None and told.parent is not None:
        parent_id = secondary(optional_identifier, told.parent.id, "parent.id")
    occurred_at = instant(told.created_time, "created_time", zone)
    page_id = page_of(post_id)
    kind = actor_kind(actor_id, author.name, page_id)
    metadata: dict[str, Any] = {} if told.is_hidden is None else {"hidden": told.is_hidden}
    if actor_id is None and author.name and kind is None:
        metadata["author"] = author.name
    comment = Interaction(
        platform=FACEBOOK,
        native_id=composite("comment", comment_id),
        native_type="comment",
        actor_id=actor_id,
        actor_kind=kind,
        post_id=post_id,
        parent_id=key_of("comment", parent_id),
        text=told.message,
        occurred_at=occurred_at,
        time_precision=precision_of(occurred_at),
        metadata=metadata or None,
        payload=msgspec.json.encode(told),
    )
    yield comment
    if post_id is not None and page_id is not None:
        yield Post(platform=FACEBOOK, post_id=post_id, community_id=page_id, owner_id=page_id)
    yield from named(actor_id, author.name)
    edges = _TOTALS.decode(raw)
    totals = {
        "like_count": told.like_count,
        "comment_count": told.comment_count,
        "comments": _total(edges.comments),
        "likes": _total(edges.likes),
        "reactions": _total(edges.reactions),
    }
    yield from counters_of(comment, totals)


def _total(edge: Edge) -> Any:
    if isinstance(edge, Total):
        return edge.summary.total_count if edge.summary else edge.count
    return edge if isinstance(edge, int) else None
