"""Instagram Graph API objects -> raw records.

Source: comments and media as objects and as pages (`data` and `paging`), media with their
        comments only (`?fields=comments`), accounts with their media (`?fields=media{…}`),
        insights of media.
Shape:  each comment and each answer becomes one record; a media is a post of its owner.
        Counts and insights are counters of the media or comment they stand at.
Units:  `2018-02-23T21:32:16+0000`.
Errors: RecordError naming the key; the other parts still land.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, identifier, optional_identifier, secondary
from loaders.parsing.formats import Context, Format, JsonArray, Part
from loaders.platforms.instagram.parts import (
    INSTAGRAM,
    Place,
    Reference,
    User,
    comment_records,
    media_records,
    reference,
)
from loaders.platforms.meta import insights
from loaders.platforms.meta.graph import Items, Paging, fields_of
from loaders.platforms.threads.parts import is_of_threads
from loaders.reading.json_values import outline
from loaders.records import Reason, Record, RecordError


class Edges(msgspec.Struct, gc=False):
    id: NativeId = None
    username: str | None = None
    owner: User | None = None
    comments: Items | None = None
    replies: Items | None = None
    insights: Items | None = None
    media: Reference | None = None


class Page(msgspec.Struct, gc=False):
    paging: Paging | None = None


_EDGES = Decoder(Edges)
_PAGE = msgspec.json.Decoder(Page)
_MEDIA_EDGE = Decoder(Items)
_ADDRESS = re.compile(
    r"graph\.(?:facebook|instagram)\.com/(?:v[\d.]+/)?(\d+)/(comments|replies)"
)
OF_MEDIA = {"media_type", "permalink", "caption", "shortcode", "comments_count", "media_url"}
ELSEWHERE = {"entry", "record", "messages", "items", "cid", "conversation"}


def _header(raw: bytes) -> Place:
    """What a page of comments belongs to, as far as the address of another page tells."""
    paging = _PAGE.decode(raw).paging or Paging()
    found = _ADDRESS.search(paging.address)
    if found is None:
        return Place()
    return Place(media_id=found[1]) if found[2] == "comments" else Place(parent_id=found[1])


def _expand(raw: bytes, context: Context) -> Iterator[Part]:
    fields = fields_of(raw)
    if is_of_threads(fields):
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the object is a post on Threads")
    if insights.is_insight(fields):
        yield Part(raw, Place(is_insight=True))
    elif "media" in fields and (media := _MEDIA_EDGE.decode(fields["media"]).data):
        for one in media:
            yield from _expand(bytes(one), context)
    elif not fields.keys() & OF_MEDIA and "comments" not in fields:
        yield from _comments(raw, context.header or Place())
    else:
        edges = _EDGES.decode(raw)
        yield Part(raw, Place(is_media=True))
        place = Place(
            media_id=optional_identifier(edges.id, "id"),
            owner_id=secondary(optional_identifier, edges.owner and edges.owner.id, "owner.id"),
            owner_name=edges.username or (edges.owner.username if edges.owner else None),
        )
        for comment in (edges.comments and edges.comments.data) or ():
            yield from _comments(bytes(comment), place)
        for numbers in (edges.insights and edges.insights.data) or ():
            yield Part(bytes(numbers), Place(is_insight=True))


def _comments(raw: bytes, place: Place) -> Iterator[Part]:
    """A comment and the answers to it; a broken one is itself a part."""
    yield Part(raw, place)
    try:
        edges = _EDGES.decode(raw)
        media_id = place.media_id or reference(edges.media)
        parent_id = identifier(edges.id, "id")
    except (msgspec.DecodeError, RecordError):
        return
    for reply in (edges.replies and edges.replies.data) or ():
        within = msgspec.structs.replace(place, media_id=media_id, parent_id=parent_id)
        yield from _comments(bytes(reply), within)


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one object, or part of one, into its records."""
    place: Place = context.parent
    if place.is_insight:
        return insights.parse(raw, INSTAGRAM)
    if place.is_media:
        return media_records(raw, context.timezone)
    return comment_records(raw, place, context.timezone)


def _is_object(keys: dict[str, bytes]) -> bool:
    found = keys.keys()
    if ELSEWHERE & found or {"created_time", "created_at"} & found:
        return False
    if is_of_threads(keys):
        return False
    is_comment = {"id", "text", "timestamp"} <= found
    is_bare = {"id", "text"} <= found and {"username", "media"} & found
    is_media = "id" in found and (len(found & OF_MEDIA) > 1 or _has_comments(keys))
    listed = outline(outline(keys.get("media", b"")).get("data", b""))
    return bool(is_comment or is_bare or is_media or len(listed.keys() & OF_MEDIA) > 1)


def _has_comments(keys: dict[str, bytes]) -> bool:
    """Whether a media is fetched with its comments only, in the words of Instagram."""
    first = outline(outline(keys.get("comments", b"")).get("data", b""))
    return {"id", "text"} <= first.keys() and "message" not in first


def _recognises_object(head: bytes) -> bool:
    keys = outline(head)
    return "data" not in keys and _is_object(keys)


def _recognises_page(head: bytes) -> bool:
    data = outline(head).get("data", b"")
    first = outline(data)
    if insights.is_insight(first):
        return "id" in first and not insights.is_of_facebook(first)
    return data.startswith(b"[") and _is_object(first)


FORMATS = (
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
        expects="pages of Instagram comments, media and insights (Graph API JSON with `data`)",
        container=JsonArray("data"),
        recognises=_recognises_page,
        parse=parse,
        header=_header,
        expand=_expand,
    ),
)
