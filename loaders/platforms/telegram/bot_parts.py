"""The parts of Telegram Bot API updates, as structs.

Source: getUpdates answers and webhook bodies.
Shape:  one struct for each object that the loader reads.
Units:  ids are whole numbers; times are epoch seconds; offsets count UTF-16 units.
Errors: none.
"""

from __future__ import annotations

from typing import Any

import msgspec


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


class Origin(msgspec.Struct, gc=False, omit_defaults=True):
    """Where a forward is from."""

    type: str | None = None
    sender_user: User | None = None
    sender_user_name: str | None = None
    sender_chat: Chat | None = None
    chat: Chat | None = None


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
    forward_origin: Origin | None = None
    forward_date: int | None = None
    poll: Any = None
    checklist: Any = None


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
    """The parts that are read of an update of another kind."""

    from_: User | None = msgspec.field(default=None, name="from")
    user: User | None = None
    chat: Chat | None = None
    date: int | None = None
