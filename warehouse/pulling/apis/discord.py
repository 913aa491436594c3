"""Discord's REST API.

Source: discord.com/developers/docs: channel messages, reactions, threads, rate limits.
Shape:  `messages:CHANNEL` a channel's messages, those of the threads that began in it, and who
        reacted; the newest first.
Units:  X-RateLimit-Reset-After is in seconds, for the bucket of a route.
Errors: those of decoding.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from warehouse.pulling.api import Api, Beneath, Page, Reply, Request, ShapeError, Task, Verdict

_MESSAGES = ("messages", "thread")


class Emoji(msgspec.Struct):
    id: str | None = None
    name: str | None = None


class Reaction(msgspec.Struct):
    emoji: Emoji
    count: int = 0


class Thread(msgspec.Struct):
    id: str
    last_message_id: str | None = None


class Message(msgspec.Struct):
    id: str
    channel_id: str
    timestamp: datetime
    reactions: list[Reaction] = []
    thread: Thread | None = None


class User(msgspec.Struct):
    id: str


class Limit(msgspec.Struct):
    message: Any = ""
    retry_after: float | None = None


_MESSAGE_LIST = msgspec.json.Decoder(list[Message])
_USERS = msgspec.json.Decoder(list[User])
_LIMIT = msgspec.json.Decoder(Limit)


def _ask(task: Task) -> Request:
    params = {"limit": "100"}
    if task.kind in _MESSAGES:
        if task.position is not None:
            params["before"] = task.position
        return Request(f"/api/v10/channels/{task.id}/messages", params)
    if task.position is not None:
        params["after"] = task.position
    channel, message, emoji = task.id.split("/", 2)
    path = f"/api/v10/channels/{channel}/messages/{message}/reactions/{quote(emoji, safe='')}"
    key = emoji.rpartition(":")[2]  # of NAME:ID the number, as exports know it
    return Request(path, params, name=f"reactions_{channel}_{message}_{key}")


def _read(task: Task, reply: Reply) -> Page:
    if not reply.content.lstrip().startswith(b"["):
        raise ShapeError("it is no list")
    if task.kind not in _MESSAGES:
        users = _USERS.decode(reply.content)
        return Page(len(users), users[-1].id if users else None)
    messages = _MESSAGE_LIST.decode(reply.content)
    beneath = [part for message in messages for part in _beneath(message)]
    return Page(
        len(messages),
        messages[-1].id if messages else None,
        min((message.timestamp for message in messages), default=None),
        tuple(beneath) if task.kind == "messages" else (),
    )


def _beneath(message: Message) -> list[Beneath]:
    found = []
    if message.thread is not None:
        version = message.thread.last_message_id or ""
        found.append(Beneath("thread", message.thread.id, version, message.timestamp))
    for reaction in message.reactions:
        emoji = reaction.emoji
        key = f"{emoji.name}:{emoji.id}" if emoji.id else emoji.name
        if key:
            thing = f"{message.channel_id}/{message.id}/{key}"
            found.append(Beneath("reactions", thing, str(reaction.count), message.timestamp))
    return found


def _judge(reply: Reply) -> Verdict | None:
    if reply.status != 429:
        return None
    try:
        told = _LIMIT.decode(reply.content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return None if told.retry_after is None else Verdict("limit", "", told.retry_after)


def _pause(reply: Reply) -> float:
    """Return the seconds until the bucket of the route is full again, where it is empty."""
    if reply.headers.get("x-ratelimit-remaining") != "0":
        return 0.0
    try:
        return max(float(reply.headers["x-ratelimit-reset-after"]), 0.0)
    except (KeyError, ValueError):
        return 0.0


API = Api(
    platform="discord",
    title="Discord",
    url="https://discord.com",
    follows={"messages": "a channel's messages, threads and reactions (`messages:CHANNEL_ID`)"},
    authorise=lambda token: {"Authorization": f"Bot {token}"},
    ask=_ask,
    read=_read,
    judge=_judge,
    pause=_pause,
)
