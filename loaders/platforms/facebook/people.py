"""People in Facebook's Graph API: who likes, who reacts, who wrote -> raw records.

Source: `from`, and the items of the edges `likes` and `reactions`.
Shape:  one person and where the person stood in; a like or reaction out, with a profile.
Units:  likes and reactions have no time.
Errors: RecordError naming the key.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from loaders.parsing.builders import key_of, profile
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, composite, identifier
from loaders.platforms.facebook.objects import Place, page_of
from loaders.platforms.meta.download import is_placeholder
from loaders.records import ActorKind, Interaction, Reason, Record, RecordError

FACEBOOK = "facebook"


class Person(msgspec.Struct, gc=False, omit_defaults=True):
    id: NativeId = None
    name: str | None = None
    category: str | None = None  # Pages have one


class Liker(msgspec.Struct, gc=False, omit_defaults=True):
    id: str | int
    name: str | None = None
    type: str | None = None


_LIKER = Decoder(Liker)


def liker(raw: bytes, place: Place) -> Iterator[Record]:
    """Somebody who likes or reacts: one thing of one person to one target."""
    told = _LIKER.decode(raw)
    actor_id = identifier(told.id, "id")
    target = place.comment_id or place.post_id
    if target is None:
        raise RecordError(
            Reason.UNSUPPORTED_RECORD, "the page does not say what these people like"
        )
    yield Interaction(
        platform=FACEBOOK,
        native_id=composite("reaction", target, actor_id),
        native_type="like" if place.edge == "likes" else reaction_type(told.type),
        native_kind=told.type.lower() if told.type else None,
        actor_id=actor_id,
        actor_kind=actor_kind(actor_id, told.name, page_of(place.post_id)),
        post_id=place.post_id,
        parent_id=key_of("comment", place.comment_id),
        time_precision="unknown",
        payload=msgspec.json.encode(told),
    )
    yield from named(actor_id, told.name)


def reaction_type(kind: str | None) -> str:
    """Return the native type of a reaction: the reaction `like` is the like itself."""
    return "like" if (kind or "").lower() == "like" else "reaction"


def actor_kind(actor_id: str | None, name: str | None, page_id: str | None) -> ActorKind | None:
    """The Page itself, or the placeholder of deleted accounts."""
    if actor_id is not None and actor_id == page_id:
        return "page"
    return "deleted" if is_placeholder(name) else None


def named(actor_id: str | None, name: str | None) -> Iterator[Record]:
    """Yield the account of a name."""
    if name:
        yield from profile(FACEBOOK, actor_id, actor_kind(None, name, None), display_name=name)
