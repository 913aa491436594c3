"""Updates of the Telegram Bot API -> raw records.

Source: getUpdates answers (`result[]`), webhook bodies one a file or one a line.
Shape:  a message or post, new or edited -> its interaction, mentions, the sender as a profile,
        the chat as a post; members who come in one by one; a change of somebody's reactions
        -> those there now, and retracted what is left of those before; counts of reactions ->
        counters of the message. A message without text has the words of its poll or checklist;
        a forward answers nothing. Ids are those of the Desktop export (`user7`; a chat without
        -100), so both name the same things. Another kind of update lands under its own name.
Units:  epoch seconds. Offsets of mentions count UTF-16 units.
Errors: RecordError naming the key; the other updates still land.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from loaders.parsing.builders import precision_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import composite, count, identifier, secondary
from loaders.parsing.formats import Context, Format, JsonArray
from loaders.parsing.times import epoch
from loaders.platforms.telegram.accounts import chat_id, place_of, sender_of
from loaders.platforms.telegram.bot_messages import MESSAGES, message_records
from loaders.platforms.telegram.bot_parts import (
    MemberChange,
    Other,
    ReactionChange,
    ReactionCounts,
)
from loaders.platforms.telegram.reactions import PAID, TELEGRAM, counts, reactions
from loaders.reading.json_values import outline
from loaders.records import Interaction, Post, Reason, Record, RecordError

_UPDATE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_REACTION_CHANGE = Decoder(ReactionChange)
_REACTION_COUNTS = Decoder(ReactionCounts)
_MEMBER_CHANGE = Decoder(MemberChange)
_OTHER = Decoder(Other)


def _message(raw: bytes, _: str) -> Iterator[Record]:
    return message_records(raw)


def _reaction_change(raw: bytes, _: str) -> Iterator[Record]:
    change = _REACTION_CHANGE.decode(raw)
    chat = place_of(change.chat)
    sender = sender_of(change.user, change.actor_chat)
    if sender is None:
        raise RecordError(
            Reason.MISSING_FIELD, "message_reaction has no user and no actor_chat"
        )
    occurred_at = epoch(change.date, "date", "s")
    told, place = _reacted_to(chat, change.message_id)
    now = list(dict.fromkeys(kind.key for kind in change.new_reaction or ()))
    there = [(key, occurred_at) for key in now]
    for one in reactions(told, place, sender.actor_id, there):
        yield msgspec.structs.replace(one, actor_kind=sender.actor_kind)
    kept = len([key for key in now if key != PAID])
    before = list(dict.fromkeys(kind.key for kind in change.old_reaction or ()))
    gone: list[tuple[str, datetime | None]] = [
        (key, None) for key in [key for key in before if key != PAID][kept:]
    ]
    gone += [(PAID, None)] if PAID in before and PAID not in now else []
    for one in reactions(told, place, sender.actor_id, gone, kept):
        yield msgspec.structs.replace(
            one, actor_kind=sender.actor_kind, version_at=occurred_at, is_retracted=True
        )
    yield chat
    yield sender


def _reaction_counts(raw: bytes, _: str) -> Iterator[Record]:
    update = _REACTION_COUNTS.decode(raw)
    chat = place_of(update.chat)
    told, _ = _reacted_to(chat, update.message_id)
    counted = [
        (one.type.key, secondary(count, one.total_count, "reactions.total_count"))
        for one in update.reactions or ()
    ]
    yield chat
    yield from counts(told, counted, epoch(update.date, "date", "s"))


def _reacted_to(chat: Post, message_id: int) -> tuple[Interaction, str]:
    """What is known of a message from a reaction to it, and its place in its chat."""
    place = composite(chat.post_id, identifier(message_id, "message_id"))
    told = Interaction(
        platform=TELEGRAM,
        native_id=composite("message", place),
        native_type="message",
        post_id=chat.post_id,
    )
    return told, place


def _member_change(raw: bytes, _: str) -> Iterator[Record]:
    change = _MEMBER_CHANGE.decode(raw)
    chat = place_of(change.chat)
    member = sender_of(change.new_chat_member.user, None)
    assert member is not None
    yield Interaction(
        platform=TELEGRAM,
        native_id=composite("chat_member", chat.post_id, member.actor_id, str(change.date)),
        native_type="chat_member",
        native_kind=f"{change.old_chat_member.status}:{change.new_chat_member.status}",
        actor_id=member.actor_id,
        actor_kind=member.actor_kind,
        post_id=chat.post_id,
        occurred_at=epoch(change.date, "date", "s"),
        payload=msgspec.json.encode(change),
    )
    yield chat
    yield member


def _other(raw: bytes, kind: str, update_id: str) -> Iterator[Record]:
    other = _OTHER.decode(raw)
    sender = sender_of(other.from_ or other.user, None)
    occurred_at = epoch(other.date, "date", "s")
    yield Interaction(
        platform=TELEGRAM,
        native_id=composite("update", update_id),
        native_type=kind,
        actor_id=sender.actor_id if sender else None,
        actor_kind=sender.actor_kind if sender else None,
        post_id=chat_id(other.chat) if other.chat else None,
        occurred_at=occurred_at,
        time_precision=precision_of(occurred_at),
    )
    if sender is not None:
        yield sender


_KINDS = {
    **dict.fromkeys(MESSAGES, _message),
    "message_reaction": _reaction_change,
    "message_reaction_count": _reaction_counts,
    "chat_member": _member_change,
}


def parse(raw: bytes, _: Context) -> Iterable[Record]:
    """Turn one update into its records."""
    update = _UPDATE.decode(raw)
    if "update_id" not in update:
        raise RecordError(Reason.MISSING_FIELD, "update_id is missing")
    update_id = identifier(msgspec.json.decode(update["update_id"], type=int), "update_id")
    for kind, told in update.items():
        if kind in _KINDS:
            return _KINDS[kind](bytes(told), update_id)
    for kind, told in sorted(update.items()):
        if bytes(told).startswith(b"{"):
            return _other(bytes(told), kind, update_id)
    raise RecordError(Reason.UNSUPPORTED_RECORD, "the update holds nothing")


def _recognises_answer(head: bytes) -> bool:
    keys = outline(head)
    return "update_id" in outline(keys.get("result", b"")) or (
        {"ok", "result"} == keys.keys() and keys["result"].startswith(b"[")
    )


def _recognises_update(head: bytes) -> bool:
    return "update_id" in outline(head)


FORMATS = (
    Format(
        name="bot_updates_json",
        expects="a getUpdates answer of the Telegram Bot API (JSON with `result`)",
        container=JsonArray("result"),
        recognises=_recognises_answer,
        parse=parse,
    ),
    Format(
        name="bot_update_json",
        expects="Telegram Bot API updates (JSON, one after another)",
        container=JsonArray(),
        recognises=_recognises_update,
        parse=parse,
    ),
)
