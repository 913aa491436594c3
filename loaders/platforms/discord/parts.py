"""The parts of a DiscordChatExporter document, as structs, and the words in a message.

Source: DiscordChatExporter JSON; forwards and polls also as Discord's own API writes them.
Shape:  `words` returns all that a message says: its content, else what its forward, poll or
        embeds say. A forward's words follow the forwarder's own.
Units:  ids are snowflakes, as text or numbers; times are ISO texts.
Errors: none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from loaders.parsing.fields import NativeId
from loaders.parsing.notes import note

FORWARD = {"forward", "1"}


class Guild(msgspec.Struct, gc=False):
    id: NativeId = None
    name: str | None = None


class Channel(msgspec.Struct, gc=False):
    id: str | int
    type: str | int | None = None
    name: str | None = None


class Export(msgspec.Struct, gc=False):
    """What surrounds the messages."""

    channel: Channel
    guild: Guild | None = None
    exportedAt: str | None = None  # noqa: N815 (the platform's word)


class User(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    id: NativeId = None
    name: str | None = None
    discriminator: str | None = None
    nickname: str | None = None
    is_bot: bool | None = None


class Emoji(msgspec.Struct, gc=False, omit_defaults=True):
    id: NativeId = None
    name: str | None = None


class Reaction(msgspec.Struct, gc=False, omit_defaults=True):
    emoji: Emoji
    count: Any = None
    users: list[User] | None = None


class Reference(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    type: str | int | None = None
    message_id: NativeId = None
    channel_id: NativeId = None


class Attachment(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    id: NativeId = None
    file_name: str | None = None


class Sticker(msgspec.Struct, gc=False, omit_defaults=True):
    id: NativeId = None
    name: str | None = None


class Field(msgspec.Struct, gc=False, omit_defaults=True):
    name: str | None = None
    value: str | None = None


class Embed(msgspec.Struct, gc=False, omit_defaults=True):
    type: str | None = None
    title: str | None = None
    url: str | None = None
    description: str | None = None
    fields: list[Field] | None = None


class Forwarded(msgspec.Struct, gc=False, omit_defaults=True):
    content: str | None = None
    timestamp: str | None = None
    embeds: list[Embed] | None = None


class Snapshot(msgspec.Struct, gc=False, omit_defaults=True):
    message: Forwarded | None = None


class Phrase(msgspec.Struct, gc=False, omit_defaults=True):
    text: str | None = None


class Poll(msgspec.Struct, gc=False, omit_defaults=True):
    question: str | Phrase | None = None


class Message(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    id: str | int
    type: str | int
    timestamp: str
    author: User
    timestamp_edited: str | None = None
    call_ended_timestamp: str | None = None
    is_pinned: bool | None = None
    content: str | None = None
    attachments: list[Attachment] | None = None
    stickers: list[Sticker] | None = None
    embeds: list[Embed] | None = None
    reactions: list[Reaction] | None = None
    mentions: list[User] | None = None
    reference: Reference | None = None
    forwarded_message: Forwarded | None = None
    message_snapshots: list[Snapshot] | None = msgspec.field(
        default=None, name="message_snapshots"
    )
    poll: Poll | None = None
    inline_emojis: list[Any] = []  # pictures of what the content writes

    @property
    def forwards(self) -> list[Forwarded]:
        """The messages of others that this one passes on."""
        told = [] if self.forwarded_message is None else [self.forwarded_message]
        for snapshot in self.message_snapshots or ():
            told += [] if snapshot.message is None else [snapshot.message]
        return told

    @property
    def is_forward(self) -> bool:
        """Whether its reference is to what it passes on, not to what it answers."""
        if self.forwarded_message is not None or self.message_snapshots:
            return True
        return self.reference is not None and str(self.reference.type).lower() in FORWARD


def words(message: Message) -> str | None:
    """Return all that a message says; where it has words itself, embeds only repeat a link."""
    if message.content and not message.is_forward:
        return message.content
    said = [message.content, *(_forwarded(told) for told in message.forwards)]
    if not any(said):
        said += [*_poll(message.poll), *_embedded(message.embeds)]
    return "\n".join(text for text in said if text) or message.content


def _forwarded(told: Forwarded) -> str | None:
    return told.content or "\n".join(_embedded(told.embeds)) or None


def _embedded(embeds: list[Embed] | None) -> Iterator[str]:
    for embed in embeds or ():
        yield from filter(None, (embed.title, embed.description))
        for field in embed.fields or ():
            yield from filter(None, (field.name, field.value))


def _poll(poll: Poll | None) -> Iterator[str]:
    if poll is None:
        return
    note("passed_over", "poll.answers", "is not read")
    question = poll.question.text if isinstance(poll.question, Phrase) else poll.question
    if question:
        yield question
