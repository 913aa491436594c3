"""Telegram chats -> raw records.

Source: Telegram Desktop exports (`result.json`), of one chat, and of an account with its
        chats and left chats; Bot API updates (see `telegram_bot`).
Export: in Telegram Desktop, the chat's menu, export of its history, format JSON; or the
        settings, export of all data. A bot gets updates from getUpdates or a webhook.
Shape:  one message in -> its interaction, one per mention and per named reaction, senders as
        profiles, the chat as a post. Message ids count within their chat, so keys hold both.
        Service records are interactions in the word of their `action`; where somebody adds
        others, each of them is one, by nobody known, for an export only has their names.
        Reactions are counted, and some of them named: the message becomes a post too,
        `message:<chat>:<id>`, and the counts its counters. In a forum the thread is the
        topic, found along the replies. `native_kind` is the type of chat.
Units:  date_unixtime seconds; `date` alone is local to the exporter: it takes --timezone. The
        time of a reaction is local, too: without --timezone it is taken to be as far from
        UTC as the exporter's clock was at its message (after a change of clocks, an hour off).
Errors: RecordError naming the key; the other messages of the export still land.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Annotated, Any

import msgspec

from loaders.fields import NativeId, composite, count, identifier, optional_identifier
from loaders.formats import Context, Format, JsonArray
from loaders.json_stream import outline
from loaders.platforms import telegram_bot
from loaders.records import (
    ActorKind,
    Counter,
    Interaction,
    Post,
    Profile,
    Record,
)
from loaders.times import epoch, instant

PLATFORM = "telegram"
CHANNEL, SERVICE, TOPIC, ADDED = "channel", "service", "topic_created", "invite_members"
TYPES = {
    *("personal_chat", "bot_chat", "saved_messages", "private_group", "private_supergroup"),
    *("public_supergroup", "private_channel", "public_channel", "verification_codes"),
}


class Chat(msgspec.Struct, gc=False):
    """What surrounds the messages."""

    id: str | int
    name: str | None = None
    type: str | None = None


class Entity(msgspec.Struct, gc=False, omit_defaults=True):
    type: str | None = None
    text: str | None = None
    user_id: NativeId = None


class Recent(msgspec.Struct, gc=False, omit_defaults=True):
    from_: str | None = msgspec.field(default=None, name="from")
    from_id: NativeId = None
    date: str | None = None
    date_unixtime: int | str | None = None


class Reaction(msgspec.Struct, gc=False, omit_defaults=True):
    type: str | None = None
    count: Any = None
    emoji: str | None = None
    document_id: NativeId = None
    recent: list[Recent] | None = None


class Message(msgspec.Struct, gc=False, omit_defaults=True):
    id: str | int
    type: str | None = None
    date: str | None = None
    date_unixtime: int | str | None = None
    edited: str | None = None
    edited_unixtime: int | str | None = None
    from_: str | None = msgspec.field(default=None, name="from")
    from_id: NativeId = None
    actor: str | None = None
    actor_id: NativeId = None
    action: str | None = None
    title: str | None = None
    members: list[str | None] | None = None
    duration_seconds: Any = None
    message_id: NativeId = None
    reply_to_message_id: NativeId = None
    forwarded_from: str | None = None
    forwarded_from_id: NativeId = None
    via_bot: str | None = None
    media_type: str | None = None
    sticker_emoji: str | None = None
    text: str | list[str | Entity] | None = None
    text_entities: list[Entity] | None = None
    reactions: list[Reaction] | None = None


Packable = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Link(msgspec.Struct, gc=False):
    """How a message hangs together with others."""

    id: Packable
    reply_to_message_id: Packable | None = None
    action: str | None = None


_MESSAGE = msgspec.json.Decoder(Message)
_CHAT = msgspec.json.Decoder(Chat)
_LINK = msgspec.json.Decoder(Link)
_PAIR = struct.Struct("<qq")
_ITSELF = 0


def _header(raw: bytes) -> Post:
    """The chat as a post, and as the community it is."""
    chat = _CHAT.decode(raw)
    chat_id = identifier(chat.id, "id")
    return Post(
        platform=PLATFORM,
        post_id=chat_id,
        native_type=chat.type,
        title=chat.name,
        community_id=chat_id,
        community_name=chat.name,
    )


def _link(raw: bytes) -> bytes | None:
    """A message and what it answers, packed; a topic answers nothing."""
    if b'"reply_to_message_id"' not in raw and b'"topic_created"' not in raw:
        return None
    link = _LINK.decode(raw)
    if link.action == TOPIC:
        return _PAIR.pack(link.id, _ITSELF)
    return _PAIR.pack(link.id, link.reply_to_message_id) if link.reply_to_message_id else None


def _topics(links: list[bytes]) -> dict[int, int | None]:
    """The topic of every message that answers one, or answers an answer."""
    answered = dict(_PAIR.unpack(link) for link in links)
    found: dict[int, int | None] = {
        message: message for message, to in answered.items() if to == _ITSELF
    }
    if not found:
        return {}
    for message in answered:
        path = []
        at = message
        while at in answered and at not in found:
            found[at] = None  # until its topic is known; a circle ends here
            path.append(at)
            at = answered[at]
        if found.get(at) is not None:
            found.update(dict.fromkeys(path, found[at]))
    return found


def account_id(value: NativeId, key: str) -> str | None:
    """Return an account as newer exports write it; older ones have a number with the kind."""
    if not isinstance(value, int):
        return optional_identifier(value, key)
    kind = {1: "chat", 2: CHANNEL}.get(value >> 32, "user")
    return kind + identifier(value if kind == "user" else value & 0xFFFFFFFF, key)


def _time(
    unix: int | str | None, local: str | None, key: str, zone: tzinfo | None
) -> datetime | None:
    return instant(local, key, zone) if unix is None else epoch(unix, f"{key}_unixtime", "s")


def _clock(message: Message, declared: tzinfo | None) -> tzinfo | None:
    """The exporter's zone: as declared, or as the message's two times tell its offset."""
    if declared is not None or message.date is None:
        return declared
    here = instant(message.date, "date", UTC)
    there = epoch(message.date_unixtime, "date_unixtime", "s")
    if here is None or there is None or abs(here - there) > timedelta(hours=15):
        return None
    return timezone(here - there)


def _text(message: Message) -> tuple[str | None, list[Entity]]:
    """The plain text, and what it is made of."""
    text = message.text
    if text is None or isinstance(text, str):
        entities = message.text_entities or []
        plain = "".join(entity.text or "" for entity in entities) if text is None else text
        return (None if text is None and not entities else plain), entities
    parts = [Entity(text=part) if isinstance(part, str) else part for part in text]
    return "".join(part.text or "" for part in parts), parts


def _sender_kind(actor_id: str | None, name: str | None, chat: Post) -> ActorKind | None:
    if actor_id is not None and actor_id.startswith(CHANNEL):
        is_group_itself = actor_id == f"{CHANNEL}{chat.post_id}"
        is_channel = (chat.native_type or "").endswith(CHANNEL)
        return "anonymous" if is_group_itself and not is_channel else "page"
    if name is None:
        return "deleted"
    return (
        "bot" if chat.native_type == "bot_chat" and actor_id == f"user{chat.post_id}" else None
    )


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one message or service record into its records."""
    message = _MESSAGE.decode(raw)
    chat: Post = context.header
    place = composite(chat.post_id, identifier(message.id, "id"))
    is_service = message.type == SERVICE
    name = message.from_ or message.actor
    actor_id = account_id(message.from_id or message.actor_id, "from_id")
    kind = _sender_kind(actor_id, name, chat)
    text, entities = _text(message)
    occurred_at = _time(message.date_unixtime, message.date, "date", context.timezone)
    edited_at = _time(message.edited_unixtime, message.edited, "edited", context.timezone)
    reply_to = optional_identifier(message.reply_to_message_id, "reply_to_message_id")
    topic = context.gathered.get(message.id)
    origin = {
        "forwarded_from": message.forwarded_from,
        "forwarded_from_id": account_id(message.forwarded_from_id, "forwarded_from_id"),
    }
    told = Interaction(
        platform=PLATFORM,
        native_id=composite("message", place),
        native_type=(message.action or SERVICE) if is_service else (message.type or "message"),
        native_kind=chat.native_type,
        actor_id=actor_id,
        actor_kind=kind,
        post_id=chat.post_id,
        thread_id=composite("message", chat.post_id, str(topic)) if topic else None,
        parent_id=composite("message", chat.post_id, reply_to) if reply_to else None,
        text=text,
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
        version_at=edited_at or occurred_at,
        metadata={key: value for key, value in origin.items() if value} or None,
        payload=msgspec.json.encode(message),
    )
    yield from _added(told, message, name) if message.action == ADDED else [told]
    yield chat
    if actor_id is not None:
        yield Profile(platform=PLATFORM, actor_id=actor_id, actor_kind=kind, display_name=name)
    yield from _mentions(told, entities, place)
    for reaction in message.reactions or ():
        yield from _reactions(told, reaction, place, _clock(message, context.timezone))


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
            who = f"user{identifier(entity.user_id, 'user_id').removeprefix('user')}"
            mentioned[who] = {"mentioned_id": who}
    yield from telegram_bot.mentions(told, mentioned, place)


def _reactions(
    told: Interaction, reaction: Reaction, place: str, zone: tzinfo | None
) -> Iterator[Record]:
    """How many reacted, and those who are named."""
    value = count(reaction.count, "reactions.count")
    key = reaction.emoji or optional_identifier(reaction.document_id, "document_id")
    key = key or identifier(reaction.type, "reactions.type")
    for recent in reaction.recent or ():
        actor_id = account_id(recent.from_id, "reactions.recent.from_id")
        is_known = recent.date_unixtime is not None or zone is not None
        occurred_at = None
        if is_known:
            occurred_at = _time(recent.date_unixtime, recent.date, "recent.date", zone)
        yield telegram_bot.reaction(told, place, actor_id, key, occurred_at)
        if actor_id is not None:
            yield Profile(platform=PLATFORM, actor_id=actor_id, display_name=recent.from_)
    if value is not None:
        yield Post(
            platform=PLATFORM,
            post_id=told.native_id,
            native_type="message",
            posted_at=told.occurred_at,
            author_id=told.actor_id,
            community_id=told.post_id,
        )
        yield Counter(
            platform=PLATFORM,
            post_id=told.native_id,
            native_metric=composite("reaction", key),
            value=value,
        )


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
        gather=_link,
        combine=_topics,
    ),
    Format(
        name="desktop_account_json",
        expects="a Telegram Desktop export of an account (JSON with `chats`)",
        container=JsonArray("messages", inside=(("chats", "list"), ("left_chats", "list"))),
        recognises=_recognises_account,
        parse=parse,
        header=_header,
        gather=_link,
        combine=_topics,
    ),
    *telegram_bot.FORMATS,
)
