"""Facebook Graph API objects -> raw records.

Source: posts and comments as objects, pages of them (`data` and `paging`), pages of those who
        like or react.
Shape:  an object, each comment of its edges (and each answer), each liker and each reaction
        is a record of its own, with the same ids as in webhooks: a comment lands once,
        however it came. A post's `summary.total_count`, `count` and shares are counters; those
        of a comment are not. What a page is about is read from the address of its next page;
        likers of nobody knows what are unsupported_record.
Units:  `2010-09-14T22:41:25+0000`; of likes and reactions no time is told.
Errors: RecordError naming the key; the other parts of the object still land.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from loaders.fields import NativeId, composite, count, identifier, optional_identifier
from loaders.formats import Context, Format, JsonArray, Part
from loaders.json_stream import outline
from loaders.records import Counter, Interaction, Post, Profile, Reason, Record, RecordError
from loaders.times import instant

FACEBOOK = "facebook"


class Summary(msgspec.Struct, gc=False):
    total_count: Any = None


class Edge(msgspec.Struct, gc=False):
    data: list[msgspec.Raw] | None = None
    summary: Summary | None = None
    count: Any = None


class Edges(msgspec.Struct, gc=False):
    id: NativeId = None
    comments: Edge | None = None
    likes: Edge | int | None = None
    reactions: Edge | None = None


class Person(msgspec.Struct, gc=False, omit_defaults=True):
    id: NativeId = None
    name: str | None = None


class Shares(msgspec.Struct, gc=False):
    count: Any = None


class Object(msgspec.Struct, gc=False):
    """A post, as far as it is told."""

    id: str | int
    from_: Person | None = msgspec.field(default=None, name="from")
    message: str | None = None
    story: str | None = None
    type: str | None = None
    permalink_url: str | None = None
    created_time: str | int | None = None
    shares: Shares | None = None


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


class Liker(msgspec.Struct, gc=False, omit_defaults=True):
    id: str | int
    name: str | None = None
    type: str | None = None


class Paging(msgspec.Struct, gc=False):
    next: str | None = None
    previous: str | None = None


class Page(msgspec.Struct, gc=False):
    """What surrounds the objects of a page."""

    paging: Paging | None = None
    summary: Summary | None = None


class Place(msgspec.Struct, frozen=True):
    """Where an object stands: in which edge, of which post and comment."""

    edge: str | None = None
    post_id: str | None = None
    comment_id: str | None = None


_EDGES = msgspec.json.Decoder(Edges)
_OBJECT = msgspec.json.Decoder(Object)
_COMMENT = msgspec.json.Decoder(Comment)
_LIKER = msgspec.json.Decoder(Liker)
_PAGE = msgspec.json.Decoder(Page)
_ADDRESS = re.compile(r"graph\.facebook\.com/(?:v[\d.]+/)?([\w-]+)/(\w+)")
OF_COMMENTS = {"parent", "object", "comment_count", "like_count", "can_remove", "user_likes"}
OF_POSTS = {
    *("story", "permalink_url", "status_type", "shares", "type", "is_published", "privacy"),
    *("full_picture", "attachments", "actions", "updated_time", "to", "backdated_time"),
}


def _page(raw: bytes) -> Place:
    """What a page lists, as far as the address of another page of it tells."""
    paging = _PAGE.decode(raw).paging or Paging()
    found = _ADDRESS.search(paging.next or paging.previous or "")
    if found is None:
        return Place()
    target = found[1] if found[1] != "me" else None
    return Place(edge=found[2], post_id=target)


def _edge(raw: bytes, keys: set[str], page: Place) -> str | None:
    """What an object of a page is; pages of comments and of posts can look alike."""
    if page.edge in ("comments", "likes", "reactions"):
        return page.edge
    if page.edge is not None:
        return "posts"
    if keys & OF_COMMENTS:
        return "comments"
    if keys & OF_POSTS or "created_time" not in keys:
        return "posts" if "created_time" in keys or keys & OF_POSTS else None
    return "comments" if "from" in keys else "posts"


def _expand_page(raw: bytes, context: Context) -> Iterator[Part]:
    page: Place = context.header
    keys = set(msgspec.json.decode(raw, type=dict[str, msgspec.Raw]))
    edge = _edge(raw, keys, page)
    if edge == "posts":
        yield from _expand(raw, context)
    elif edge == "comments":
        yield from _comments(raw, Place("comments", page.post_id))
    else:
        yield Part(raw, Place(edge, page.post_id))


def _expand(raw: bytes, _: Context) -> Iterator[Part]:
    keys = set(msgspec.json.decode(raw, type=dict[str, msgspec.Raw]))
    if keys & OF_COMMENTS and not keys & OF_POSTS:
        yield from _comments(raw, Place("comments"))
        return
    edges = _EDGES.decode(raw)
    target = optional_identifier(edges.id, "id")
    if target is None:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the object has no id")
    yield Part(raw, Place())
    for comment in _data(edges.comments):
        yield from _comments(comment, Place("comments", target))
    yield from _people(edges, Place(post_id=target))


def _comments(raw: bytes, place: Place) -> Iterator[Part]:
    """A comment, the answers to it and those who like it; a broken one is itself a part."""
    yield Part(raw, place)
    try:
        edges = _EDGES.decode(raw)
        comment_id = identifier(edges.id, "id")
    except (msgspec.DecodeError, RecordError):
        return
    for answer in _data(edges.comments):
        yield from _comments(answer, Place("comments", place.post_id, comment_id))
    yield from _people(edges, Place(None, place.post_id, comment_id))


def _people(edges: Edges, place: Place) -> Iterator[Part]:
    likes = edges.likes if isinstance(edges.likes, Edge) else None
    for name, edge in (("likes", likes), ("reactions", edges.reactions)):
        for person in _data(edge):
            yield Part(person, Place(name, place.post_id, place.comment_id))


def _data(edge: Edge | None) -> list[bytes]:
    return [bytes(raw) for raw in (edge.data if edge else None) or ()]


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one part of an object into its records."""
    place: Place = context.parent
    if place.edge == "comments":
        return _comment(raw, place, context)
    if place.edge in ("likes", "reactions"):
        return _liker(raw, place)
    return _post(raw, context)


def _post(raw: bytes, context: Context) -> Iterator[Record]:
    post = _OBJECT.decode(raw)
    edges = _EDGES.decode(raw)
    post_id = identifier(post.id, "id")
    author = post.from_ or Person()
    author_id = optional_identifier(author.id, "from.id")
    created = post.created_time if isinstance(post.created_time, str) else None
    if not msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).keys() - {"id", "name"}:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "a name and an id, and not what they did")
    yield Post(
        platform=FACEBOOK,
        post_id=post_id,
        native_type=post.type,
        title=post.message or post.story,
        url=post.permalink_url,
        posted_at=instant(created, "created_time", context.timezone),
        author_id=author_id,
        community_id=post_id.partition("_")[0] if "_" in post_id else None,
    )
    if author_id is not None and author.name:
        yield Profile(platform=FACEBOOK, actor_id=author_id, display_name=author.name)
    likes = edges.likes if not isinstance(edges.likes, int) else Edge(count=edges.likes)
    shares = Edge(count=post.shares.count) if post.shares else None
    for name, edge in (
        ("comments", edges.comments),
        ("likes", likes),
        ("reactions", edges.reactions),
        ("shares", shares),
    ):
        total = edge.summary.total_count if edge and edge.summary else edge and edge.count
        value = count(total, f"{name}.summary.total_count")
        if value is not None:
            yield Counter(platform=FACEBOOK, post_id=post_id, native_metric=name, value=value)


def _comment(raw: bytes, place: Place, context: Context) -> Iterator[Record]:
    comment = _COMMENT.decode(raw)
    author = comment.from_ or Person()
    actor_id = optional_identifier(author.id, "from.id")
    post_id = place.post_id
    if post_id is None and comment.object is not None:
        post_id = optional_identifier(comment.object.id, "object.id")
    parent_id = place.comment_id
    if parent_id is None and comment.parent is not None:
        parent_id = optional_identifier(comment.parent.id, "parent.id")
    count(comment.like_count, "like_count")
    count(comment.comment_count, "comment_count")
    occurred_at = instant(comment.created_time, "created_time", context.timezone)
    page_id = post_id.partition("_")[0] if post_id and "_" in post_id else None
    yield Interaction(
        platform=FACEBOOK,
        native_id=composite("comment", identifier(comment.id, "id")),
        native_type="comment",
        actor_id=actor_id,
        actor_kind="page" if actor_id is not None and actor_id == page_id else None,
        post_id=post_id,
        parent_id=composite("comment", parent_id) if parent_id else None,
        text=comment.message,
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
        metadata=None if comment.is_hidden is None else {"hidden": comment.is_hidden},
        payload=msgspec.json.encode(comment),
    )
    if actor_id is not None and author.name:
        yield Profile(platform=FACEBOOK, actor_id=actor_id, display_name=author.name)


def _liker(raw: bytes, place: Place) -> Iterator[Record]:
    liker = _LIKER.decode(raw)
    actor_id = identifier(liker.id, "id")
    kind = "like" if place.edge == "likes" else "reaction"
    target = place.comment_id or place.post_id
    if target is None:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "somebody likes, but not what")
    yield Interaction(
        platform=FACEBOOK,
        native_id=composite(kind, target, actor_id),
        native_type=kind,
        native_kind=liker.type.lower() if liker.type else None,
        actor_id=actor_id,
        post_id=place.post_id,
        parent_id=composite("comment", place.comment_id) if place.comment_id else None,
        time_precision="unknown",
        payload=msgspec.json.encode(liker),
    )
    if liker.name:
        yield Profile(platform=FACEBOOK, actor_id=actor_id, display_name=liker.name)


GRAPH = {
    *("created_time", "updated_time", "reactions", "likes", "backdated_time"),
    *("is_fb_live_videos", "pic_big"),
}
OTHERS = {"entry", "record", "messages", "items"}


def _recognises_object(head: bytes) -> bool:
    keys = outline(head)
    if OTHERS & keys.keys() or "data" in keys:
        return False
    return bool({"id", "uid"} & keys.keys() and (GRAPH | {"can_reply_privately"}) & keys.keys())


def _recognises_page(head: bytes) -> bool:
    keys = outline(head)
    data = keys.get("data", b"")
    if not data.startswith(b"[") or OTHERS & keys.keys():
        return False
    first = outline(data).keys()
    if not first:
        return b"graph.facebook.com" in keys.get("paging", b"")
    is_person = {"id", "name"} <= first and not first & {"username", "created_at"}
    return {"id", "created_time"} <= first or is_person


FORMATS = (
    Format(
        name="graph_json",
        expects="Facebook Graph API objects (JSON)",
        container=JsonArray(),
        recognises=_recognises_object,
        parse=parse,
        expand=_expand,
    ),
    Format(
        name="graph_page_json",
        expects="pages of Facebook Graph API objects (JSON with `data`)",
        container=JsonArray("data"),
        recognises=_recognises_page,
        parse=parse,
        header=_page,
        expand=_expand_page,
    ),
)
