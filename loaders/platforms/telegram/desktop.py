"""Telegram Desktop exports -> raw records; a part of `platforms.telegram`.

Source: `result.json`, of one chat, and of an account with its chats and left chats.
Shape:  one message in -> its interaction, one per mention and per named reaction, senders as
        profiles, the chat as a post.
Units:  date_unixtime seconds; `date` alone, and reactions, are local to the exporter.
Errors: RecordError naming the key; the other messages of the export still land.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from loaders.parsing.builders import precision_of, profile
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    composite,
    count,
    identifier,
    optional_identifier,
    secondary,
    visible,
)
from loaders.parsing.formats import Context, Format, JsonArray
from loaders.parsing.times import EPOCH
from loaders.platforms.telegram.accounts import CHANNEL, account_id, sender_kind
from loaders.platforms.telegram.desktop_parts import (
    DELETED,
    READ,
    TYPES,
    Chat,
    Entity,
    Message,
    words,
)
from loaders.platforms.telegram.reactions import TELEGRAM, counts, mentions, reactions
from loaders.platforms.telegram.times import clock_of, edited_at_of, reacted_at, sent_at
from loaders.platforms.telegram.topics import link, topics
from loaders.reading.json_values import outline
from loaders.records import Interaction, Post, Record

SERVICE, ADDED = "service", "invite_members"

_MESSAGE = Decoder(Message, READ)
_CHAT = Decoder(Chat)


def _header(raw: bytes) -> Post:
    """The chat as a post, and as the community it is."""
    chat = _CHAT.decode(raw)
    chat_id = identifier(chat.id, "id")
    is_channel = (chat.type or "").endswith(CHANNEL)
    return Post(
        platform=TELEGRAM,
        post_id=chat_id,
        native_type=chat.type,
        title=visible(chat.name),
        community_id=chat_id,
        community_name=visible(chat.name),
        owner_id=f"{CHANNEL}{chat_id}" if is_channel else None,
    )


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one message or service record into its records."""
    message = _MESSAGE.decode(raw)
    chat: Post = context.header
    place = composite(chat.post_id, identifier(message.id, "id"))
    is_service = message.type == SERVICE
    name = message.actor if message.from_ is None else message.from_
    actor_id = account_id(message.from_id or message.actor_id, "from_id")
    kind = sender_kind(actor_id, name, chat)
    name = None if name == DELETED else visible(name)
    text, entities = words(message)
    message.rich_message = None  # its words are kept, nothing else that it may hold
    occurred_at = sent_at(message, "date", context.timezone)
    edited_at = secondary(edited_at_of, message, "edited", context.timezone)
    reply_to = secondary(
        optional_identifier, message.reply_to_message_id, "reply_to_message_id"
    )
    topic = context.gathered.get(message.id)
    origin = {
        "forwarded_from": message.forwarded_from,
        "forwarded_from_id": secondary(
            account_id, message.forwarded_from_id, "forwarded_from_id"
        ),
    }
    is_forward = any(origin.values())
    told = Interaction(
        platform=TELEGRAM,
        native_id=composite("message", place),
        native_type=(message.action or SERVICE) if is_service else (message.type or "message"),
        native_kind=chat.native_type,
        actor_id=actor_id,
        actor_kind=kind,
        post_id=chat.post_id,
        thread_id=composite("message", chat.post_id, str(topic)) if topic else None,
        parent_id=None
        if is_forward or not reply_to
        else composite("message", chat.post_id, reply_to),
        text=text,
        occurred_at=occurred_at,
        time_precision=precision_of(occurred_at),
        version_at=edited_at or occurred_at,
        metadata={key: value for key, value in origin.items() if value} or None,
        payload=msgspec.json.encode(message),
    )
    yield from _added(told, message, name) if message.action == ADDED else [told]
    yield chat
    yield from profile(TELEGRAM, actor_id, kind, display_name=name)
    if entities:
        yield from _mentions(told, entities, place)
    if message.reactions:
        yield from _reactions(told, message, place, context)


def _added(told: Interaction, message: Message, name: str | None) -> Iterator[Record]:
    """One for each who was added: the sender, where it is the same name, else nobody known."""
    members = message.members or [name]
    for number, member in enumerate(members, 1):
        is_sender = member is not None and member == name
        yield msgspec.structs.replace(
            told,
            native_id=composite(told.native_id, str(number)),
            actor_id=told.actor_id if is_sender else None,
            actor_kind=told.actor_kind if is_sender else None,
            metadata={"member": member, "added_by": told.actor_id},
        )


def _mentions(told: Interaction, entities: list[Entity], place: str) -> Iterator[Record]:
    """One for each account mentioned; most are only known by their username."""
    mentioned: dict[str, dict[str, str]] = {}
    for entity in entities:
        if entity.type == "mention" and entity.text:
            mentioned[entity.text.lower()] = {"mentioned_username": entity.text.lstrip("@")}
        elif entity.type == "mention_name" and entity.user_id:
            who = secondary(identifier, entity.user_id, "user_id")
            if who is None:
                continue
            who = f"user{who.removeprefix('user')}"
            mentioned[who] = {"mentioned_id": who}
    yield from mentions(told, mentioned, place)


def _reactions(
    told: Interaction, message: Message, place: str, context: Context
) -> Iterator[Record]:
    """How many reacted, and those who are named, each with all reactions of the account."""
    zone = clock_of(message, context.timezone) if message.reactions else None
    given: dict[str | None, list[tuple[str, datetime | None]]] = {}
    counted: list[tuple[str, int | None]] = []
    for reaction in message.reactions or ():
        key = reaction.emoji or secondary(
            optional_identifier, reaction.document_id, "reactions.document_id"
        )
        key = key or secondary(identifier, reaction.type, "reactions.type")
        if key is None:
            continue
        counted.append((key, secondary(count, reaction.count, "reactions.count")))
        for recent in reaction.recent or ():
            actor_id = secondary(account_id, recent.from_id, "reactions.recent.from_id")
            at = None
            if recent.date_unixtime is not None or zone is not None:
                at = secondary(reacted_at, recent, "recent.date", zone)
            given.setdefault(actor_id, []).append((key, at))
            yield from profile(TELEGRAM, actor_id, display_name=visible(recent.from_))
    for actor_id, those in given.items():
        those.sort(key=lambda one: one[1] or told.occurred_at or EPOCH)
        yield from reactions(told, place, actor_id, those)
    yield from counts(told, counted)


def _recognises_chat(head: bytes) -> bool:
    keys = outline(head)
    if "messages" not in keys or "chats" in keys:
        return False
    if keys.get("type", b"").strip(b'"').decode(errors="replace") in TYPES:
        return True
    first = outline(keys["messages"]).keys()
    return {"id", "type", "text"} <= first and bool({"date", "date_unixtime"} & first)


def _recognises_account(head: bytes) -> bool:
    keys = outline(head)
    for key in ("chats", "left_chats"):
        if "list" in outline(keys.get(key, b"")):
            return True
    return "personal_information" in keys and b"Telegram" in keys.get("about", b"")


FORMATS = (
    Format(
        name="desktop_chat_json",
        expects="a Telegram Desktop export of a chat (JSON with `messages`)",
        container=JsonArray("messages"),
        recognises=_recognises_chat,
        parse=parse,
        header=_header,
        gather=link,
        combine=topics,
    ),
    Format(
        name="desktop_account_json",
        expects="a Telegram Desktop export of an account (JSON with `chats`)",
        container=JsonArray("messages", inside=(("chats", "list"), ("left_chats", "list"))),
        recognises=_recognises_account,
        parse=parse,
        header=_header,
        gather=link,
        combine=topics,
    ),
)
