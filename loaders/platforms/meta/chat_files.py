"""What files of Messenger's and Instagram's chats look like.

Source: `message_1.json` of a data download, and the export of end-to-end encrypted chats.
Shape:  what surrounds the messages in; the conversation, and who of it exported it, out.
Units:  epoch milliseconds (until 2018 seconds).
Errors: RecordError where nothing names the conversation.
"""

from __future__ import annotations

from pathlib import PurePosixPath

import msgspec

from loaders.platforms.meta.download import repaired
from loaders.records import Reason, RecordError


class Participant(msgspec.Struct, gc=False):
    name: str | None = None


class Chat(msgspec.Struct, gc=False):
    """What surrounds the messages of a file."""

    participants: list[Participant | str] | None = None
    title: str | None = None
    thread_path: str | None = None
    thread_name: str | None = msgspec.field(default=None, name="threadName")


class Conversation(msgspec.Struct, frozen=True):
    """A conversation: its key, and the name of the exporter where that can be told."""

    key: str
    exporter: str | None
    is_group: bool


class Reaction(msgspec.Struct, gc=False, omit_defaults=True):
    reaction: str | None = None
    actor: str | None = None
    timestamp: int | str | None = None


class Share(msgspec.Struct, gc=False, omit_defaults=True):
    link: str | None = None
    share_text: str | None = None


class Message(msgspec.Struct, gc=False):
    """A message, as either kind of file has it."""

    sender_name: str | None = None
    sender: str | None = msgspec.field(default=None, name="senderName")
    timestamp_ms: int | str | None = None
    timestamp: int | str | None = None
    type: str | None = None
    content: str | None = None
    text: str | None = None
    share: Share | None = None
    is_unsent: bool | None = None
    was_unsent: bool | None = msgspec.field(default=None, name="isUnsent")
    call_duration: int | None = None
    reactions: list[Reaction] | None = None
    photos: list[msgspec.Raw] | None = None
    videos: list[msgspec.Raw] | None = None
    audio_files: list[msgspec.Raw] | None = None
    gifs: list[msgspec.Raw] | None = None
    files: list[msgspec.Raw] | None = None
    media: list[msgspec.Raw] | None = None


class Kept(msgspec.Struct, gc=False, omit_defaults=True):
    """The allow-listed message: attachments are counted."""

    sender: str
    timestamp: int | str
    type: str | None = None
    link: str | None = None
    attachments: dict[str, int] | None = None


_CHAT = msgspec.json.Decoder(Chat)


def conversation(raw: bytes) -> Chat:
    """What surrounds the messages of a file."""
    chat = _CHAT.decode(raw)
    if not (chat.thread_path or chat.thread_name or chat.title):
        raise RecordError(Reason.MISSING_FIELD, "thread_path and title are missing")
    return chat


def within(chat: Chat, account: str | None) -> Conversation:
    """What a file says of its conversation, and who of it exported it."""
    names = [
        repaired(one if isinstance(one, str) else one.name) for one in chat.participants or ()
    ]
    title = repaired(chat.title)
    if chat.thread_name:
        title = repaired(chat.thread_name.rpartition("_")[0] or chat.thread_name)
    path = PurePosixPath(chat.thread_path).name if chat.thread_path else None
    key = path or repaired(chat.thread_name) or ",".join(sorted(name or "" for name in names))
    exporter = None
    if account is not None:
        same = [name for name in names if name and name.casefold() == account.casefold()]
        exporter = same[0] if len(same) == 1 else None
    if exporter is None and len(names) == 2 and names.count(title) == 1:
        exporter = names[1 - names.index(title)]
    return Conversation(key or title or "", exporter, len(names) > 2)
