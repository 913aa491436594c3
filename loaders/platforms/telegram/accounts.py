"""Chats and senders on Telegram, by the same ids in exports and in bot updates.

Source: ids and names of Telegram Desktop exports; the Bot API's objects User and Chat.
Shape:  `place_of` a chat -> a post and community; `sender_of` an account or chat -> a
        profile. Accounts are `user7` or `channel77`; a chat has its id without -100.
Units:  ids are whole numbers.
Errors: RecordError where an id is none.
"""

from __future__ import annotations

from loaders.parsing.fields import NativeId, identifier, optional_identifier, visible
from loaders.platforms.telegram.bot_parts import Chat, User
from loaders.platforms.telegram.desktop_parts import DELETED
from loaders.platforms.telegram.reactions import TELEGRAM
from loaders.records import ActorKind, Post, Profile

CHANNEL = "channel"
_CHANNELS_FROM = 1_000_000_000_000  # below minus this, what is left is a channel's id


def chat_id(chat: Chat) -> str:
    """Return the id of a chat as exports write it."""
    bare = -chat.id - _CHANNELS_FROM if chat.id < -_CHANNELS_FROM else abs(chat.id)
    return identifier(bare, "chat.id")


def place_of(chat: Chat) -> Post:
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
        owner_id=f"channel{community}" if chat.type == "channel" else None,
    )


def sender_of(user: User | None, chat: Chat | None) -> Profile | None:
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
    names = filter(None, map(visible, (user.first_name, user.last_name)))
    name = " ".join(names) or None
    kind: ActorKind | None = "bot" if user.is_bot else None
    return Profile(
        platform=TELEGRAM,
        actor_id=f"user{identifier(user.id, 'from.id')}",
        actor_kind="deleted" if name == DELETED else kind,
        username=visible(user.username),
        display_name=None if name == DELETED else name,
    )


def account_id(value: NativeId, key: str) -> str | None:
    """Return an account as newer exports write it; older ones have a number with the kind."""
    if not isinstance(value, int):
        return optional_identifier(value, key)
    kind = {1: "chat", 2: CHANNEL}.get(value >> 32, "user")
    return kind + identifier(value if kind == "user" else value & 0xFFFFFFFF, key)


def sender_kind(actor_id: str | None, name: str | None, chat: Post) -> ActorKind | None:
    """What kind of actor wrote; an account whose name is null is deleted."""
    if actor_id is not None and actor_id.startswith(CHANNEL):
        is_group_itself = actor_id == f"{CHANNEL}{chat.post_id}"
        is_channel = (chat.native_type or "").endswith(CHANNEL)
        return "anonymous" if is_group_itself and not is_channel else "page"
    if name is None or name == DELETED:
        return "deleted"
    return (
        "bot" if chat.native_type == "bot_chat" and actor_id == f"user{chat.post_id}" else None
    )
