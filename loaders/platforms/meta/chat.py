"""Chats of Messenger and of Instagram in a data download -> raw records.

Source: `message_1.json` … of a data download of either platform, and the export of end-to-end
        encrypted chats (`threadName`, `senderName`).
Shape:  a message -> an interaction of its sender, and one record for each reaction to it.
        The files have names, no ids: within a conversation a name is an account of it,
        written `<conversation>/<name>`. --account names the exporter. In a chat of two the
        exporter is the participant who is not in its title; in a group the one whose name
        --account gives, else one of the participants. The placeholder of deleted accounts
        is nobody. Conversation, sender and time identify a message, so a message that was
        unsent stays the same. Both platforms write the same: a chat without a sign of
        Instagram is Messenger's unless --platform differs.
Units:  epoch milliseconds (until 2018 seconds). Texts and names are repaired, where their
        bytes were written as characters.
Errors: RecordError naming the key; the other messages still land.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import msgspec

from loaders.parsing.builders import digest, precision_of, profile
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import composite, identifier, required_text, secondary
from loaders.parsing.formats import Context, Format, JsonArray
from loaders.parsing.times import epoch
from loaders.platforms.meta.chat_files import (
    Conversation,
    Kept,
    Message,
    Reaction,
    Share,
    conversation,
    within,
)
from loaders.platforms.meta.download import is_placeholder, readable, repaired
from loaders.reading.json_values import outline
from loaders.records import ActorKind, Interaction, Reason, Record, RecordError

FILES = ("photos", "videos", "audio_files", "gifs", "files", "media")
KNOWN = {  # keys of a message that are read, or hold nothing that people said
    *Message.__struct_encode_fields__,
    *("is_geoblocked_for_viewer", "is_taken_down", "bumped_message_metadata", "ip"),
    *("is_unsent_image_by_messenger_kid_parent", "sticker", "users", "missed"),
}
AROUND = {"thread_path", "is_still_participant", "magic_words", "thread_type", "threadName"}


_MESSAGE = Decoder(Message, KNOWN)
OTHERS = {  # what else a chat shows, by the type of its entry
    "Call": "call",
    "call": "call",
    "Subscribe": "join",
    "Unsubscribe": "leave",
}


def parse(raw: bytes, context: Context, platform: str) -> Iterator[Record]:
    """Turn one message into its records."""
    message = _MESSAGE.decode(raw)
    chat = within(context.header, context.account)
    sender = required_text(repaired(message.sender_name or message.sender), "sender_name")
    timestamp = message.timestamp if message.timestamp_ms is None else message.timestamp_ms
    occurred_at = epoch(timestamp, "timestamp_ms", "s or ms")
    if occurred_at is None or timestamp is None:
        raise RecordError(Reason.MISSING_FIELD, "timestamp_ms is missing")
    actor_id, actor_kind = _account(sender, chat, context)
    share = message.share or Share()
    key = digest(chat.key, sender, str(timestamp))
    thread_id = composite("conversation", digest(chat.key))
    text = readable(message.content or message.text or share.share_text, "content")
    told = Interaction(
        platform=platform,
        native_id=composite("message", key),
        native_type=OTHERS.get(message.type or "", "message"),
        native_kind="group_conversation" if chat.is_group else "conversation",
        actor_id=actor_id,
        actor_kind=actor_kind,
        thread_id=thread_id,
        text=text,
        occurred_at=occurred_at,
        is_retracted=bool(message.is_unsent or message.was_unsent),
        key_quality="derived",
        metadata=_author(sender, actor_id, actor_kind),
        payload=msgspec.json.encode(
            Kept(sender, timestamp, message.type, share.link, _attachments(message))
        ),
    )
    yield told
    yield from profile(platform, actor_id, actor_kind, display_name=sender)
    for reaction in message.reactions or ():
        yield from _reaction(reaction, told, chat, context)


def _account(
    name: str, chat: Conversation, context: Context
) -> tuple[str | None, ActorKind | None]:
    """The account of a name in a conversation; the placeholder of deleted ones is nobody."""
    if is_placeholder(name):
        return None, "deleted"
    if name == chat.exporter:
        return context.account, "exporter"
    return identifier(f"{chat.key}/{name}", "sender_name"), None


def _author(name: str, actor_id: str | None, kind: ActorKind | None) -> dict[str, Any] | None:
    return {"author": name} if actor_id is None and kind != "deleted" else None


def _reaction(
    reaction: Reaction, told: Interaction, chat: Conversation, context: Context
) -> Iterator[Record]:
    """One reaction: another one of the same person replaces it."""
    name = repaired(reaction.actor)
    if not name:
        return
    actor_id, actor_kind = _account(name, chat, context)
    at = secondary(epoch, reaction.timestamp, "reactions.timestamp", "s or ms")
    message_key = told.native_id.partition(":")[2]
    yield Interaction(
        platform=told.platform,
        native_id=composite("reaction", message_key, digest(name)),
        native_type="reaction",
        native_kind=repaired(reaction.reaction),
        actor_id=actor_id,
        actor_kind=actor_kind,
        thread_id=told.thread_id,
        parent_id=told.native_id,
        occurred_at=at,
        time_precision=precision_of(at),
        key_quality="derived",
        metadata=_author(name, actor_id, actor_kind),
    )
    yield from profile(told.platform, actor_id, actor_kind, display_name=name)


def _attachments(message: Message) -> dict[str, int] | None:
    counted = {name: len(getattr(message, name) or ()) for name in FILES}
    return {name: number for name, number in counted.items() if number} or None


def _is_chat(head: bytes) -> bool:
    keys = outline(head)
    is_list = keys.get("messages", b"").startswith(b"[")
    return is_list and "participants" in keys and bool(AROUND & keys.keys())


def _is_of_instagram(head: bytes) -> bool:
    keys = outline(head)
    told = b"".join(keys.get(name, b"") for name in ("messages", "participants", "title"))
    return (
        b"your_instagram_activity/" in told
        or (b"instagram.com/" in told.lower() and b"your_facebook_activity/" not in told)
        or b"Instagram User" in told
    )


def formats(platform: str) -> tuple[Format, ...]:
    """The format of chats, for either platform."""
    is_instagram = platform == "instagram"

    def recognises(head: bytes) -> bool:
        return _is_chat(head) and _is_of_instagram(head) == is_instagram

    return (
        Format(
            name=f"{'instagram' if is_instagram else 'messenger'}_chat_json",
            expects=f"chats of {'an Instagram' if is_instagram else 'a Facebook'} data download"
            " (`message_1.json`, also encrypted ones)",
            container=JsonArray("messages"),
            recognises=recognises,
            recognises_declared=_is_chat,
            parse=partial(_parse, platform),
            header=conversation,
        ),
    )


def _parse(platform: str, raw: bytes, context: Context) -> Iterable[Record]:
    return parse(raw, context, platform)
