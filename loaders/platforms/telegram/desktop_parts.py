"""The parts of a Telegram Desktop export, as structs, and the words in a message.

Source: `result.json` of Telegram Desktop.
Shape:  `words` returns the plain text of a message and what it is made of: the text, else what
        its rich message or poll says.
Units:  ids are numbers, or texts like `user7`; times are seconds or local ISO texts.
Errors: none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from loaders.parsing.fields import NativeId
from loaders.parsing.notes import note


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


class Poll(msgspec.Struct, gc=False, omit_defaults=True):
    """What is asked; answers count as private, as those of membership questions are."""

    question: Any = None


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
    rich_message: Any = None
    poll: Poll | None = None
    reactions: list[Reaction] | None = None


DELETED = "Deleted Account"

TYPES = {
    *("personal_chat", "bot_chat", "saved_messages", "private_group", "private_supergroup"),
    *("public_supergroup", "private_channel", "public_channel", "verification_codes"),
}
READ = {
    *(field.encode_name for field in msgspec.structs.fields(Message)),
    *("photo", "file", "file_name", "thumbnail", "mime_type", "performer", "author"),
    *("location_information", "contact_information", "contact_vcard", "inline_bot_buttons"),
}
_MENTION = re.compile(r"(?<![\w@.])@([A-Za-z][A-Za-z0-9_]{3,31})(?![\w@])")
_SAYING = ("text", "title", "question", "caption", "description")


def words(message: Message) -> tuple[str | None, list[Entity]]:
    """Return the plain text of a message, and what it is made of."""
    text, parts = _text(message)
    if text or (message.rich_message is None and message.poll is None):
        return text, parts
    asked = None
    if message.poll is not None:
        asked = message.poll.question
        note("passed_over", "poll.answers", "is not read")
    said = "\n".join([*spoken(message.rich_message), *spoken(asked, "question")])
    return said or text, [*parts, *mentions_in(said)]


def spoken(value: Any, key: str = "") -> Iterator[str]:
    """Yield the texts anywhere in a JSON value, one for each block that has some."""
    if isinstance(value, str):
        if value and key in _SAYING:
            yield value
    elif isinstance(value, list):
        if key in _SAYING:
            yield "".join(part if isinstance(part, str) else _inline(part) for part in value)
            return
        for part in value:
            yield from spoken(part, key)
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from spoken(part, name)


def mentions_in(text: str) -> Iterator[Entity]:
    """Yield the usernames in a text of which no part is marked as a mention."""
    for found in _MENTION.finditer(text):
        yield Entity(type="mention", text=found[0])


def _inline(part: Any) -> str:
    return "".join(spoken(part))


def _text(message: Message) -> tuple[str | None, list[Entity]]:
    text = message.text
    if text is None or isinstance(text, str):
        entities = message.text_entities or []
        plain = "".join(entity.text or "" for entity in entities) if text is None else text
        return (None if text is None and not entities else plain), entities
    parts = [Entity(text=part) if isinstance(part, str) else part for part in text]
    return "".join(part.text or "" for part in parts), parts
