"""Facebook Graph API objects -> raw records.

Source: posts and comments as objects, pages of them (`data` and `paging`), pages of those who
        like or react, Pages with their posts (`?fields=posts{…}`), insights of posts.
Shape:  an object, each comment of its edges (and each answer), each liker and each reaction
        is one record, with the same ids as in webhooks: a comment lands once, however it
        came. A `summary.total_count`, `count`, shares and insights are counters of what they
        stand at: of a comment, of the comment. What a page is about is read from the address
        of its next page. What is neither (see `objects`) is refused.
Units:  `2010-09-14T22:41:25+0000`; likes and reactions have no time.
Errors: RecordError naming the key; the other parts of the object still land.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import identifier
from loaders.parsing.formats import Context, Format, JsonArray, Part
from loaders.platforms.facebook import objects, parts, people
from loaders.platforms.facebook.objects import Place
from loaders.platforms.meta import insights
from loaders.platforms.meta.graph import Items, Paging, fields_of
from loaders.reading.json_values import outline
from loaders.records import Reason, Record, RecordError


class Summary(msgspec.Struct, gc=False):
    can_like: bool | None = None


class Page(msgspec.Struct, gc=False):
    """What surrounds the objects of a page."""

    paging: Paging | None = None
    summary: Summary | None = None


Edge = Items | list[msgspec.Raw] | int | None


class Edges(msgspec.Struct, gc=False):
    """What stands at an object: who did what to it, or the posts of a Page."""

    id: str | int | None = None
    comments: Edge = None
    likes: Edge = None
    reactions: Edge = None
    posts: Edge = None
    feed: Edge = None
    published_posts: Edge = None
    visitor_posts: Edge = None
    tagged: Edge = None
    insights: Edge = None


_EDGES = Decoder(Edges)
_PAGE = Decoder(Page)
_ADDRESS = re.compile(r"graph\.facebook\.com/(?:v[\d.]+/)?([\w-]+)/(\w+)")


def _page(raw: bytes) -> Place:
    """What a page lists, as far as the address of another page of it tells."""
    page = _PAGE.decode(raw)
    paging = page.paging or Paging()
    is_likeable = page.summary is not None and page.summary.can_like is not None
    found = _ADDRESS.search(paging.address)
    if found is None:
        return Place()
    return Place(found[2], found[1] if found[1] != "me" else None, is_likeable=is_likeable)


def _expand_page(raw: bytes, context: Context) -> Iterator[Part]:
    page: Place = context.header
    fields = fields_of(raw)
    kind = objects.kind_of(fields, page, is_listed=True)
    if kind == "post":
        yield from _post(raw)
    elif kind == "comment":
        yield from _comments(raw, page.post_id if page.edge == "comments" else None)
    else:
        yield Part(raw, Place(page.edge, page.post_id, kind=kind))


def _expand(raw: bytes, _: Context) -> Iterator[Part]:
    fields = fields_of(raw)
    if "id" not in fields:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the object has no id")
    lists = [name for name in objects.OF_PAGES if name in fields]
    if lists:
        edges = _EDGES.decode(raw)
        for name in lists:
            for post in _data(getattr(edges, name)):
                yield from _expand(post, Context())
    elif objects.kind_of(fields, Place(), is_listed=False) == "comment":
        yield from _comments(raw, None)
    else:
        yield from _post(raw)


def _post(raw: bytes) -> Iterator[Part]:
    edges = _EDGES.decode(raw)
    target = identifier(edges.id, "id")
    if not objects.is_album(fields_of(raw)):
        yield Part(raw, Place(kind="post"))
    for comment in _data(edges.comments):
        yield from _comments(comment, target)
    yield from _people(edges, Place(post_id=target, kind="person"))
    for numbers in _data(edges.insights):
        yield Part(numbers, Place(post_id=target, kind="insight"))


def _comments(raw: bytes, post_id: str | None, parent_id: str | None = None) -> Iterator[Part]:
    """A comment, the answers to it and those who like it; a broken one is itself a part."""
    yield Part(raw, Place("comments", post_id, parent_id, kind="comment"))
    try:
        edges = _EDGES.decode(raw)
        comment_id = identifier(edges.id, "id")
    except (msgspec.DecodeError, RecordError):
        return
    post_id = post_id or objects.post_of(comment_id)
    for answer in _data(edges.comments):
        yield from _comments(answer, post_id, comment_id)
    yield from _people(edges, Place(None, post_id, comment_id, kind="person"))


def _people(edges: Edges, place: Place) -> Iterator[Part]:
    """The people who like and react; a person in both edges counts as one who likes."""
    likers = [(_id(person), person) for person in _data(edges.likes)]
    liking = {who for who, _ in likers if who}
    for _, person in likers:
        yield Part(person, msgspec.structs.replace(place, edge="likes"))
    for person in _data(edges.reactions):
        is_like = objects.LIKE in outline(person).get("type", b"").upper()
        if not (is_like and _id(person) in liking):
            yield Part(person, msgspec.structs.replace(place, edge="reactions"))


def _id(person: bytes) -> str | None:
    return outline(person).get("id", b"").decode(errors="replace").strip('"') or None


def _data(edge: Edge) -> list[bytes]:
    items = edge.data if isinstance(edge, Items) else edge
    return [bytes(raw) for raw in items] if isinstance(items, list) else []


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one part of an object into its records."""
    place: Place = context.parent
    if place.kind == "comment":
        return parts.comment_records(raw, place, context.timezone)
    if place.kind == "person":
        return people.liker(raw, place)
    if place.kind == "insight":
        return insights.parse(raw, people.FACEBOOK)
    return parts.post_records(raw, context.timezone)


GRAPH = {
    *("created_time", "updated_time", "reactions", "likes", "backdated_time"),
    *("is_fb_live_videos", "pic_big", "can_reply_privately"),
}
OF_BARE_POSTS = {"message", "story", "full_picture", "permalink_url", "shares", "insights"}
ELSEWHERE = {"entry", "record", "messages", "items"}


def _is_comment(edge: bytes) -> bool:
    """Whether an edge has comments in the words of Facebook."""
    first = outline(outline(edge).get("data", b"")).keys()
    return edge.startswith(b"{") and {"id", "message"} <= first


def _is_object(keys: dict[str, bytes]) -> bool:
    if not {"id", "uid"} & keys.keys():
        return False
    is_post = objects.POST_ID.fullmatch(objects.id_of(keys)) is not None
    if keys.keys() & GRAPH or (is_post and keys.keys() & OF_BARE_POSTS):
        return True
    comments = keys.get("comments", b"")
    if _is_comment(comments) or (is_post and comments.startswith(b"{")):
        return True
    posts = (outline(keys.get(name, b"")) for name in objects.OF_PAGES)
    return any("id" in outline(post.get("data", b"")) for post in posts)


def _recognises_object(head: bytes) -> bool:
    keys = outline(head)
    return not ELSEWHERE & keys.keys() and "data" not in keys and _is_object(keys)


def _recognises_page(head: bytes) -> bool:
    keys = outline(head)
    data = keys.get("data", b"")
    if not data.startswith(b"[") or ELSEWHERE & keys.keys():
        return False
    first: dict[str, Any] = outline(data)
    if not first:
        return b"graph.facebook.com" in keys.get("paging", b"")
    if insights.is_insight(first):
        return insights.is_of_facebook(first)
    is_person = {"id", "name"} <= first.keys() and not first.keys() & {"username", "created_at"}
    is_bare = objects.POST_ID.fullmatch(objects.id_of(first)) is not None
    return {"id", "created_time"} <= first.keys() or is_person or is_bare or _is_object(first)


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
