"""Updates of the Telegram Bot API -> raw records.

Source: getUpdates answers (`result[]`), webhook bodies one a file or one a line.
Shape:  a message or post, new or edited -> its interaction, mentions, the sender as a profile,
        the chat as a post; members who come in one by one; a change of somebody's reactions
        -> those there now, and retracted those gone; counts of reactions -> counters of the
        message. Ids are those of the Desktop export (`user7`; a chat without -100), so that
        both tell of the same things. Another kind of update lands under its own name.
Units:  epoch seconds. Offsets of mentions count UTF-16 units.
Errors: RecordError naming the key; the other updates still land.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from loaders.fields import composite, count, identifier
from loaders.formats import Context, Format, JsonArray
from loaders.json_stream import outline
from loaders.records import Counter, Interaction, Post, Profile, Reason, Record, RecordError
from loaders.times import epoch

TELEGRAM = "telegram"
MESSAGES = {
    *("message", "edited_message", "channel_post", "edited_channel_post"),
    *("business_message", "edited_business_message"),
}
SERVICES = (
    *("left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo"),
    *("group_chat_created", "supergroup_chat_created", "channel_chat_created"),
    *("migrate_to_chat_id", "migrate_from_chat_id", "pinned_message", "boost_added"),
    *("forum_topic_created", "forum_topic_edited", "forum_topic_closed"),
    *("forum_topic_reopened", "video_chat_scheduled", "video_chat_started"),
    *("video_chat_ended", "video_chat_participants_invited", "successful_payment"),
)
_CHANNELS_FROM = 1_000_000_000_000  # below minus this, what is left is a channel's id


class User(msgspec.Struct, gc=False, omit_defaults=True):
    id: int
    is_bot: bool | None = None
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None


class Chat(msgspec.Struct, gc=False, omit_defaults=True):
    id: int
    type: str | None = None
    title: str | None = None
    username: str | None = None
    first_name: str | None = None


class Entity(msgspec.Struct, gc=False, omit_defaults=True):
    type: str
    offset: int = 0
    length: int = 0
    user: User | None = None


class Reply(msgspec.Struct, gc=False, omit_defaults=True):
    message_id: int


class Message(msgspec.Struct, gc=False, omit_defaults=True):
    message_id: int
    chat: Chat
    date: int
    edit_date: int | None = None
    message_thread_id: int | None = None
    is_topic_message: bool | None = None
    from_: User | None = msgspec.field(default=None, name="from")
    sender_chat: Chat | None = None
    reply_to_message: Reply | None = None
    text: str | None = None
    caption: str | None = None
    entities: list[Entity] | None = None
    caption_entities: list[Entity] | None = None
    new_chat_members: list[User] | None = None


class ReactionType(msgspec.Struct, gc=False, omit_defaults=True):
    type: str
    emoji: str | None = None
    custom_emoji_id: str | None = None

    @property
    def key(self) -> str:
        """What tells reactions of one person to one message apart."""
        return self.emoji or self.custom_emoji_id or self.type


class ReactionChange(msgspec.Struct, gc=False, omit_defaults=True):
    chat: Chat
    message_id: int
    date: int
    user: User | None = None
    actor_chat: Chat | None = None
    old_reaction: list[ReactionType] | None = None
    new_reaction: list[ReactionType] | None = None


class ReactionCount(msgspec.Struct, gc=False):
    type: ReactionType
    total_count: Any = None


class ReactionCounts(msgspec.Struct, gc=False):
    chat: Chat
    message_id: int
    date: int
    reactions: list[ReactionCount] | None = None


class Member(msgspec.Struct, gc=False, omit_defaults=True):
    status: str
    user: User


class MemberChange(msgspec.Struct, gc=False, omit_defaults=True):
    chat: Chat
    date: int
    old_chat_member: Member
    new_chat_member: Member


class Other(msgspec.Struct, gc=False, omit_defaults=True):
    """What is told of an update that is of none of these kinds."""

    from_: User | None = msgspec.field(default=None, name="from")
    user: User | None = None
    chat: Chat | None = None
    date: int | None = None


_UPDATE = msgspec.json.Decoder(dict[str, msgspec.Raw])


def chat_id(chat: Chat) -> str:
    """Return the id of a chat as exports write it."""
    bare = -chat.id - _CHANNELS_FROM if chat.id < -_CHANNELS_FROM else abs(chat.id)
    return identifier(bare, "chat.id")


def _place(chat: Chat) -> Post:
    community = chat_id(chat)
    name = chat.title or chat.first_name
    return Post(
        platform=TELEGRAM,
        post_id=community,
        native_type=chat.type,
        title=name,
        url=f"https://t.me/{chat.username}" if chat.username else None,
        community_id=community,
        community_name=name,
    )


def _sender(user: User | None, chat: Chat | None) -> Profile | None:
    """Who did it: an account, or a channel or group in whose name it was done."""
    if chat is not None and chat.type != "private":
        return Profile(
            platform=TELEGRAM,
            actor_id=f"channel{chat_id(chat)}",
            actor_kind="page" if chat.type == "channel" else "anonymous",
            username=chat.username,
            display_name=chat.title,
        )
    if user is None:
        return None
    names = (name for name in (user.first_name, user.last_name) if name)
    return Profile(
        platform=TELEGRAM,
        actor_id=f"user{identifier(user.id, 'from.id')}",
        actor_kind="bot" if user.is_bot else None,
        username=user.username,
        display_name=" ".join(names) or None,
    )


def mentions(
    told: Interaction, mentioned: dict[str, dict[str, str]], place: str
) -> Iterator[Interaction]:
    """One for each account that a message mentions, by the message's sender."""
    for who, metadata in mentioned.items():
        yield Interaction(
            platform=TELEGRAM,
            native_id=composite("mention", place, who),
            native_type="mention",
            actor_id=told.actor_id,
            actor_kind=told.actor_kind,
            post_id=told.post_id,
            thread_id=told.thread_id,
            parent_id=told.native_id,
            occurred_at=told.occurred_at,
            time_precision=told.time_precision,
            version_at=told.version_at,
            metadata=dict(metadata),
        )


def reaction(
    told: Interaction, place: str, actor_id: str | None, key: str, occurred_at: datetime | None
) -> Interaction:
    """One reaction to a message; equal ones of unknown accounts are told apart by number."""
    return Interaction(
        platform=TELEGRAM,
        native_id=composite("reaction", place, actor_id or "", key),
        native_type="reaction",
        native_kind=key,
        actor_id=actor_id,
        actor_kind=None if actor_id else "anonymous",
        post_id=told.post_id,
        thread_id=told.thread_id,
        parent_id=told.native_id,
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
        version_at=occurred_at,
        key_quality="native" if actor_id else "derived",
    )


def _message(raw: bytes, _: str) -> Iterator[Record]:
    message = msgspec.json.decode(raw, type=Message)
    keys = msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).keys()
    chat = _place(message.chat)
    place = composite(chat.post_id, identifier(message.message_id, "message_id"))
    sender = _sender(message.from_, message.sender_chat)
    occurred_at = epoch(message.date, "date", "s")
    thread = message.message_thread_id if message.is_topic_message else None
    reply = message.reply_to_message
    told = Interaction(
        platform=TELEGRAM,
        native_id=composite("message", place),
        native_type=next((key for key in SERVICES if key in keys), "message"),
        native_kind=message.chat.type,
        actor_id=sender.actor_id if sender else None,
        actor_kind=sender.actor_kind if sender else None,
        post_id=chat.post_id,
        thread_id=composite("message", chat.post_id, str(thread)) if thread else None,
        parent_id=composite("message", chat.post_id, str(reply.message_id)) if reply else None,
        text=message.caption if message.text is None else message.text,
        occurred_at=occurred_at,
        version_at=epoch(message.edit_date, "edit_date", "s") or occurred_at,
        payload=msgspec.json.encode(message),
    )
    if message.new_chat_members:
        yield from _added(told, message.new_chat_members)
    else:
        yield told
    yield chat
    if sender is not None:
        yield sender
    yield from mentions(told, _mentioned(message, told.text or ""), place)


def _added(told: Interaction, members: list[User]) -> Iterator[Record]:
    for number, user in enumerate(members, 1):
        member = _sender(user, None)
        assert member is not None
        yield msgspec.structs.replace(
            told,
            native_id=composite(told.native_id, str(number)),
            native_type="new_chat_members",
            actor_id=member.actor_id,
            actor_kind=member.actor_kind,
            metadata={"added_by": told.actor_id},
        )
        yield member


def _mentioned(message: Message, text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    units = text.encode("utf-16-le")
    for entity in (message.entities or []) + (message.caption_entities or []):
        if entity.type == "text_mention" and entity.user is not None:
            who = f"user{entity.user.id}"
            found[who] = {"mentioned_id": who}
        elif entity.type == "mention":
            piece = units[2 * entity.offset : 2 * (entity.offset + entity.length)]
            name = piece.decode("utf-16-le", errors="replace")
            if name:
                found[name.lower()] = {"mentioned_username": name.lstrip("@")}
    return found


def _reaction_change(raw: bytes, _: str) -> Iterator[Record]:
    change = msgspec.json.decode(raw, type=ReactionChange)
    chat = _place(change.chat)
    place = composite(chat.post_id, identifier(change.message_id, "message_id"))
    sender = _sender(change.user, change.actor_chat)
    if sender is None:
        raise RecordError(
            Reason.MISSING_FIELD, "message_reaction has no user and no actor_chat"
        )
    occurred_at = epoch(change.date, "date", "s")
    told = Interaction(
        platform=TELEGRAM,
        native_id=composite("message", place),
        native_type="message",
        post_id=chat.post_id,
    )
    now = {kind.key for kind in change.new_reaction or ()}
    for key in sorted(now):
        there = reaction(told, place, sender.actor_id, key, occurred_at)
        yield msgspec.structs.replace(there, actor_kind=sender.actor_kind)
    for key in sorted({kind.key for kind in change.old_reaction or ()} - now):
        gone = reaction(told, place, sender.actor_id, key, None)
        yield msgspec.structs.replace(
            gone, actor_kind=sender.actor_kind, version_at=occurred_at, is_retracted=True
        )
    yield chat
    yield sender


def _reaction_counts(raw: bytes, _: str) -> Iterator[Record]:
    counts = msgspec.json.decode(raw, type=ReactionCounts)
    chat = _place(counts.chat)
    place = composite(chat.post_id, identifier(counts.message_id, "message_id"))
    observed_at = epoch(counts.date, "date", "s")
    yield chat
    yield Post(
        platform=TELEGRAM,
        post_id=composite("message", place),
        native_type="message",
        community_id=chat.community_id,
    )
    for counted in counts.reactions or ():
        value = count(counted.total_count, "reactions.total_count")
        if value is not None:
            yield Counter(
                platform=TELEGRAM,
                post_id=composite("message", place),
                native_metric=composite("reaction", counted.type.key),
                value=value,
                observed_at=observed_at,
            )


def _member_change(raw: bytes, _: str) -> Iterator[Record]:
    change = msgspec.json.decode(raw, type=MemberChange)
    chat = _place(change.chat)
    member = _sender(change.new_chat_member.user, None)
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
    other = msgspec.json.decode(raw, type=Other)
    sender = _sender(other.from_ or other.user, None)
    occurred_at = epoch(other.date, "date", "s")
    yield Interaction(
        platform=TELEGRAM,
        native_id=composite("update", update_id),
        native_type=kind,
        actor_id=sender.actor_id if sender else None,
        actor_kind=sender.actor_kind if sender else None,
        post_id=chat_id(other.chat) if other.chat else None,
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
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
