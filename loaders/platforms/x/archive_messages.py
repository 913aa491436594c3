"""Conversations in the data archive of one X account; a part of `platforms.x`.

Source: direct-messages.js and direct-messages-group.js.
Shape:  one message in -> it and the reactions to it; what else happens in a conversation is a
        record too.
Units:  ISO times.
Errors: RecordError naming the key.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from loaders.parsing.builders import digest, precision_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    NativeId,
    composite,
    identifier,
    optional_identifier,
    optional_number_id,
    secondary,
)
from loaders.parsing.formats import Context
from loaders.parsing.times import instant
from loaders.platforms.x.ids import X
from loaders.records import Interaction, Reason, Record, RecordError


class MessageReaction(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    sender_id: NativeId = None
    reaction_key: str | None = None
    event_id: NativeId = None
    created_at: str | None = None


class Message(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    """A message, or something else that happened in a conversation."""

    id: NativeId = None
    sender_id: NativeId = None
    initiating_user_id: NativeId = None
    recipient_id: NativeId = None
    text: str | None = None
    created_at: str | None = None
    reactions: list[MessageReaction] | None = None


class Place(msgspec.Struct, frozen=True):
    """Where a message stands: its conversation, and the kind of event."""

    conversation_id: str
    kind: str


_MESSAGE = Decoder(Message)


def message_records(raw: bytes, place: Place, context: Context) -> Iterator[Record]:
    """Yield a message and the reactions to it."""
    if not place.kind:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the message has no createdAt")
    message = _MESSAGE.decode(raw)
    at = instant(message.created_at, "createdAt")
    sender = message.sender_id or message.initiating_user_id
    sender_id = optional_number_id(sender, "senderId")
    message_id = optional_identifier(message.id, "id")
    if message_id is None and (sender_id is None or at is None):
        raise RecordError(Reason.MISSING_FIELD, f"{place.kind} has neither id nor who and when")
    if message_id is None:
        message_id = digest(place.conversation_id, place.kind, str(sender_id), str(at))
    is_message = place.kind == "messageCreate"
    native_id = composite("message" if is_message else place.kind, message_id)
    yield Interaction(
        platform=X,
        native_id=native_id,
        native_type=place.kind,
        actor_id=sender_id,
        actor_kind="exporter" if sender_id and sender_id == context.account else None,
        thread_id=place.conversation_id,
        text=message.text,
        occurred_at=at,
        time_precision=precision_of(at),
        key_quality="native" if message.id else "derived",
        payload=msgspec.json.encode(message),
    )
    for reaction in message.reactions or ():
        reacted_at = secondary(instant, reaction.created_at, "reactions.createdAt")
        reactor_id = secondary(identifier, reaction.sender_id, "reactions.senderId")
        if reactor_id is None:
            continue
        yield Interaction(
            platform=X,
            native_id=composite("reaction", message_id, reactor_id),
            native_type="reaction",
            native_kind=reaction.reaction_key,
            actor_id=reactor_id,
            actor_kind="exporter" if reactor_id == context.account else None,
            thread_id=place.conversation_id,
            parent_id=native_id,
            occurred_at=reacted_at,
            time_precision=precision_of(reacted_at),
        )
