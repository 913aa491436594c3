"""Conversations with a Facebook Page or an Instagram account -> raw records.

Source: `entry[].messaging[]` and `standby[]` of the webhooks of both.
Shape:  a message -> an interaction of its sender, an echo -> one of the Page's; a reaction one
        too, retracted where it is taken back; an edit or a deletion -> a newer
        version of the message. What else is delivered (read, delivery, postback, …) lands
        under its own name. The thread is the conversation: Page and person.
Units:  timestamp epoch milliseconds. Ids are scoped to the Page.
Errors: RecordError naming the key; the other events of the body still land.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from loaders.parsing.builders import key_of, precision_of, profile
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, composite, identifier, optional_identifier
from loaders.parsing.times import epoch
from loaders.records import Interaction, Reason, Record, RecordError


class Account(msgspec.Struct, gc=False, omit_defaults=True):
    id: NativeId = None


class Attachment(msgspec.Struct, gc=False, omit_defaults=True):
    type: str | None = None


class Reply(msgspec.Struct, gc=False, omit_defaults=True):
    mid: str | None = None


class Message(msgspec.Struct, gc=False, omit_defaults=True):
    mid: str | None = None
    text: str | None = None
    is_echo: bool | None = None
    is_deleted: bool | None = None
    attachments: list[Attachment] | None = None
    reply_to: Reply | None = None


class Reaction(msgspec.Struct, gc=False, omit_defaults=True):
    mid: str | None = None
    action: str | None = None
    reaction: str | None = None
    emoji: str | None = None


class Event(msgspec.Struct, gc=False, omit_defaults=True):
    sender: Account | None = None
    recipient: Account | None = None
    timestamp: int | str | None = None
    message: Message | None = None
    message_edit: Message | None = None
    reaction: Reaction | None = None


MESSAGING = "messaging"  # the list that messages come in, and so their kind
AROUND = {"sender", "recipient", "timestamp", "prior_message"}

_EVENT = Decoder(Event)


def parse(raw: bytes, platform: str, page_id: str | None) -> Iterator[Record]:
    """Turn one event of a conversation into its records."""
    event = _EVENT.decode(raw)
    sender = event.sender or Account()
    actor_id = optional_identifier(sender.id, "sender.id")
    other_id = optional_identifier((event.recipient or Account()).id, "recipient.id")
    happened_at = epoch(event.timestamp, "timestamp", "s or ms")
    is_page = actor_id is not None and actor_id == page_id
    if event.message is not None and event.message.is_echo:
        is_page = True
    ends = (actor_id, other_id) if is_page else (other_id, actor_id)
    told = Interaction(
        platform=platform,
        native_id="",
        native_type="message",
        native_kind=MESSAGING,
        actor_id=actor_id,
        actor_kind="page" if is_page else None,
        thread_id=key_of("conversation", *ends),
        occurred_at=happened_at,
        time_precision=precision_of(happened_at),
        version_at=happened_at,
        payload=msgspec.json.encode(event),
    )
    if event.message is not None:
        yield _message(told, event.message)
    elif event.message_edit is not None:
        yield msgspec.structs.replace(
            _message(told, event.message_edit), occurred_at=None, time_precision="unknown"
        )
    elif event.reaction is not None:
        yield _reaction(told, event.reaction, happened_at)
    else:
        yield _other(raw, told)
    yield from profile(platform, actor_id, told.actor_kind)


def _message(told: Interaction, message: Message) -> Interaction:
    answered = message.reply_to.mid if message.reply_to else None
    return msgspec.structs.replace(
        told,
        native_id=composite("message", identifier(message.mid, "message.mid")),
        text=message.text,
        parent_id=key_of("message", answered),
        is_retracted=message.is_deleted is True,
    )


def _reaction(told: Interaction, reaction: Reaction, at: datetime | None) -> Interaction:
    mid = identifier(reaction.mid, "reaction.mid")
    is_gone = reaction.action == "unreact"
    return msgspec.structs.replace(
        told,
        native_id=composite("reaction", mid, identifier(told.actor_id, "sender.id")),
        native_type="reaction",
        native_kind=reaction.reaction or reaction.emoji,
        parent_id=composite("message", mid),
        occurred_at=None if is_gone else at,
        time_precision="unknown" if is_gone else told.time_precision,
        is_retracted=is_gone,
    )


def _other(raw: bytes, told: Interaction) -> Interaction:
    """An event of another kind, told by the key that is not on all of them."""
    keys = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    kinds = sorted(key for key, value in keys.items() if bytes(value).startswith(b"{"))
    kind = next((key for key in kinds if key not in AROUND), None)
    if kind is None or told.actor_id is None or told.occurred_at is None:
        detail = "the event names no kind, no sender or no time"
        raise RecordError(Reason.UNSUPPORTED_RECORD, detail)
    milliseconds = str(round(told.occurred_at.timestamp() * 1000))
    return msgspec.structs.replace(
        told,
        native_id=composite(kind, told.actor_id, milliseconds),
        native_type=kind,
        native_kind=None,
        key_quality="weak",
    )
