"""Conversations and connections of an Instagram data download of 2020 -> raw records.

Source: `messages.json` (threads with `conversation`) and `connections.json` (`followers`,
        `following`: name to time).
Shape:  a message -> one of its sender, `@username`, and one record for each like of it; a
        follower -> an interaction of this account; one who is followed -> one of the
        exporter, whom --account names. Other lists of connections (blocked, close friends, …)
        are nothing that anybody did to anybody: they are named in a note.
Units:  ISO times (without zone: --timezone). Texts are repaired.
Errors: RecordError naming the key; the other messages and connections still land.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from loaders.parsing.builders import digest, precision_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import composite, identifier, secondary
from loaders.parsing.formats import Context, Format, JsonArray, Part
from loaders.parsing.notes import note
from loaders.parsing.times import instant
from loaders.platforms.instagram.parts import INSTAGRAM
from loaders.platforms.meta.download import is_placeholder, readable
from loaders.reading.json_values import members, outline
from loaders.records import Interaction, Reason, Record, RecordError

CONNECTIONS = {"followers": "follower", "following": "following"}


class Like(msgspec.Struct, gc=False, omit_defaults=True):
    username: str
    date: str | None = None


class Message(msgspec.Struct, gc=False, omit_defaults=True):
    sender: str
    created_at: str
    text: str | None = None
    likes: list[Like] | None = None


class Conversation(msgspec.Struct, gc=False):
    participants: list[str] | None = None


class Connection(msgspec.Struct, frozen=True):
    """Whose connection it is, and of which list."""

    kind: str
    username: str


class Kept(msgspec.Struct, omit_defaults=True):
    """The connection as it was delivered."""

    username: str
    timestamp: str


_MESSAGE = Decoder(Message)
_CONVERSATION = msgspec.json.Decoder(Conversation)
_TIME = msgspec.json.Decoder(str)
_TIMES = re.compile(rb'"20[0-9]{2}-[0-9]{2}-')


def _conversation(raw: bytes) -> str:
    """What tells a conversation from others: who takes part."""
    return ",".join(sorted(_CONVERSATION.decode(raw).participants or ()))


def _message(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one message into its records."""
    message = _MESSAGE.decode(raw)
    text = readable(message.text, "text")
    key = digest(context.header, message.sender, message.created_at, text)
    thread_id = composite("conversation", digest(context.header))
    is_gone = is_placeholder(message.sender)
    yield Interaction(
        platform=INSTAGRAM,
        native_id=composite("message", key),
        native_type="message",
        native_kind="conversation",
        actor_id=None if is_gone else f"@{identifier(message.sender, 'sender')}",
        actor_kind="deleted" if is_gone else None,
        thread_id=thread_id,
        text=text,
        occurred_at=instant(message.created_at, "created_at", context.timezone),
        key_quality="derived",
        payload=msgspec.json.encode(message),
    )
    for like in message.likes or ():
        at = secondary(instant, like.date, "likes.date", context.timezone)
        liker = secondary(identifier, like.username, "likes.username")
        if liker is None:
            continue
        is_gone = is_placeholder(liker)
        yield Interaction(
            platform=INSTAGRAM,
            native_id=composite("message_like", key, liker),
            native_type="message_like",
            actor_id=None if is_gone else f"@{liker}",
            actor_kind="deleted" if is_gone else None,
            thread_id=thread_id,
            parent_id=composite("message", key),
            occurred_at=at,
            time_precision=precision_of(at),
            key_quality="derived",
        )


def _expand(raw: bytes, _: Context) -> Iterator[Part]:
    """One part for each account of the lists that say who follows whom."""
    lists = _members(raw)
    if not lists.keys() & CONNECTIONS.keys():
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the object has no list of connections")
    is_empty = True
    for name, accounts in lists.items():
        kind = CONNECTIONS.get(name)
        if kind is None:
            if accounts.strip(b"{}[] \r\n\t"):
                note("passed_over", name, "is a list of accounts without anything they did")
            continue
        for username, time in _members(accounts).items():
            if time.startswith(b'"'):
                is_empty = False
                yield Part(time, Connection(kind, username))
            else:
                note("passed_over", name, "names an account without a time")
    if is_empty:
        yield Part(raw, is_empty=True)


def _members(raw: bytes) -> dict[str, bytes]:
    try:
        return members(raw)
    except ValueError:
        raise RecordError(
            Reason.INVALID_FIELD, "a list of connections is no object of names and times"
        ) from None


def _connection(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one connection into who followed."""
    told: Connection = context.parent
    time = _TIME.decode(raw)
    username = identifier(told.username, "username")
    is_follower = told.kind == "follower"
    yield Interaction(
        platform=INSTAGRAM,
        native_id=composite(told.kind, digest(told.kind, username)),
        native_type=told.kind,
        actor_id=f"@{username}" if is_follower else context.account,
        actor_kind=None if is_follower else "exporter",
        occurred_at=instant(time, told.kind, context.timezone),
        key_quality="derived",
        metadata=None if is_follower else {"owner": f"@{username}"},
        payload=msgspec.json.encode(Kept(username, time)),
    )


def _recognises_conversations(head: bytes) -> bool:
    return {"conversation", "participants"} <= outline(head).keys()


def _recognises_connections(head: bytes) -> bool:
    keys = outline(head)
    times = (time for name in CONNECTIONS for time in outline(keys.get(name, b"")).values())
    return "data" not in keys and any(_TIMES.match(time) for time in times)


FORMATS = (
    Format(
        name="instagram_conversations_json",
        expects="conversations of an Instagram data download (JSON with `conversation`)",
        container=JsonArray("conversation"),
        recognises=_recognises_conversations,
        parse=_message,
        header=_conversation,
    ),
    Format(
        name="instagram_connections_json",
        expects="connections of an Instagram data download of 2020 (JSON)",
        container=JsonArray(),
        recognises=_recognises_connections,
        parse=_connection,
        expand=_expand,
    ),
)
