"""Comments and reactions of LinkedIn's APIs -> raw records; a part of `platforms.linkedin`.

Source: elements of the comments and reactions APIs, as pages or one after another.
Shape:  one element in -> its interaction, the accounts that a comment names, its post.
Units:  epoch milliseconds.
Errors: RecordError naming the key; the other elements still land.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from loaders.parsing.builders import counters_of, mention, precision_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    NativeId,
    composite,
    identifier,
    optional_identifier,
    secondary,
)
from loaders.parsing.formats import Context, Format, JsonArray
from loaders.parsing.times import epoch
from loaders.platforms.linkedin.urns import LINKEDIN, post_of, target
from loaders.reading.json_values import outline
from loaders.records import ActorKind, Interaction, Reason, Record, RecordError

NONE = msgspec.Raw(b"")


class Stamp(msgspec.Struct, gc=False, omit_defaults=True):
    actor: str | None = None
    time: int | str | None = None


class Message(msgspec.Struct, gc=False, omit_defaults=True):
    text: str | None = None
    attributes: msgspec.Raw = NONE


class Likes(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    """How many liked a comment; who did is asked for elsewhere."""

    total_likes: Any = None
    aggregated_total_likes: Any = None


class Element(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    id: NativeId = None
    comment_urn: str | None = None
    urn: str | None = msgspec.field(default=None, name="$URN")
    actor: str | None = None
    object: str | None = None
    root: str | None = None
    parent_comment: str | None = None
    message: Message | None = None
    reaction_type: str | None = None
    created: Stamp | None = None
    last_modified: Stamp | None = None
    likes_summary: Likes | None = None


_ELEMENT = Decoder(Element)
_REACTION = re.compile(r"urn:li:reaction:\((urn:li:\w+:[^,()]+),(urn:li:.+)\)")
_ACCOUNT = re.compile(rb"urn:li:(?:person|member|organization|company):[\w-]+")
_PAGES = ("urn:li:organization:", "urn:li:company:")


def _actor(element: Element) -> str | None:
    stamp = element.created or Stamp()
    return optional_identifier(element.actor or stamp.actor, "actor")


def _actor_kind(actor_id: str | None) -> ActorKind | None:
    if actor_id is None:
        return None
    return "page" if actor_id.startswith(_PAGES) else "person"


def _times(element: Element) -> tuple[datetime | None, datetime | None]:
    created, modified = element.created or Stamp(), element.last_modified or Stamp()
    created_at = epoch(created.time, "created.time", "ms")
    return created_at, secondary(epoch, modified.time, "lastModified.time", "ms") or created_at


def _interaction(
    element: Element, native_id: str, native_type: str, post_id: str, parent_id: str | None
) -> Interaction:
    actor_id = _actor(element)
    occurred_at, version_at = _times(element)
    message = element.message and Message(element.message.text)
    return Interaction(
        platform=LINKEDIN,
        native_id=identifier(native_id, "the key"),
        native_type=native_type,
        native_kind=element.reaction_type,
        actor_id=actor_id,
        actor_kind=_actor_kind(actor_id),
        post_id=post_id,
        parent_id=parent_id,
        text=message.text if message else None,
        occurred_at=occurred_at,
        time_precision=precision_of(occurred_at),
        version_at=version_at,
        payload=msgspec.json.encode(msgspec.structs.replace(element, message=message)),
    )


def _comment(element: Element) -> Iterator[Record]:
    post_id, parent_id = target(element.object, "object")
    urn = element.comment_urn or element.urn
    if urn is None:
        urn = f"urn:li:comment:({post_id},{identifier(element.id, 'id')})"
    native_id = target(urn, "commentUrn")[1]
    if native_id is None:
        raise RecordError(Reason.INVALID_ID, "commentUrn is not the URN of a comment")
    if element.parent_comment is not None:
        parent_id = target(element.parent_comment, "parentComment")[1]
    summary = element.likes_summary or Likes()
    comment = _interaction(element, native_id, "comment", post_id, parent_id)
    thread_id = parent_id or native_id
    comment = msgspec.structs.replace(comment, thread_id=thread_id)
    yield comment
    name = "aggregatedTotalLikes" if summary.total_likes is None else "totalLikes"
    likes = summary.total_likes if name == "totalLikes" else summary.aggregated_total_likes
    yield from counters_of(comment, {name: likes})
    yield post_of(post_id)
    attributes = bytes(element.message.attributes) if element.message else b""
    for named in dict.fromkeys(_ACCOUNT.findall(attributes)):
        mentioned = named.decode()
        key = composite("mention", native_id, mentioned)
        yield mention(comment, key, native_id, {"mentioned_id": mentioned})


def _reaction(element: Element) -> Iterator[Record]:
    urn = optional_identifier(element.id, "id")
    told = _REACTION.fullmatch(urn or "")
    entity = told[2] if told else element.object or element.root
    post_id, comment_id = target(entity, "the entity of the reaction")
    native_id = f"urn:li:reaction:({_actor(element)},{comment_id or post_id})"
    if told is not None:
        native_id = f"urn:li:reaction:({told[1]},{comment_id or post_id})"
        element.actor = element.actor or told[1]
    elif _actor(element) is None:
        raise RecordError(Reason.MISSING_FIELD, "the reaction names nobody")
    yield _interaction(element, native_id, "reaction", post_id, comment_id)
    yield post_of(post_id)


def parse(raw: bytes, _: Context) -> Iterable[Record]:
    """Turn one element of an answer into its records."""
    element = _ELEMENT.decode(raw)
    if element.reaction_type is not None:
        return _reaction(element)
    if element.message is not None or element.comment_urn is not None:
        return _comment(element)
    detail = "the element is neither a comment nor a reaction"
    raise RecordError(Reason.UNSUPPORTED_RECORD, detail)


def _is_element(keys: dict[str, bytes]) -> bool:
    told = b"urn:li:" in b"".join(keys.values())
    return told and bool(
        {"reactionType", "commentUrn"} & keys.keys()
        or {"actor", "message", "object"} <= keys.keys()
    )


def _recognises_page(head: bytes) -> bool:
    keys = outline(head)
    first = outline(keys.get("elements", b""))
    return _is_element(first) or (not first and {"elements", "paging"} <= keys.keys())


FORMATS = (
    Format(
        name="linkedin_elements_page_json",
        expects="LinkedIn comments or reactions (API JSON with `elements`)",
        container=JsonArray("elements"),
        recognises=_recognises_page,
        parse=parse,
    ),
    Format(
        name="linkedin_elements_json",
        expects="LinkedIn comments or reactions (API JSON, one after another)",
        container=JsonArray(),
        recognises=lambda head: _is_element(outline(head)),
        parse=parse,
    ),
)
