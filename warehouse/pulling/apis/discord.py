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

from warehouse.pulling.api import (
    Api,
    Beneath,
    Kind,
    Page,
    Reply,
    Request,
    ShapeError,
    Task,
    Verdict,
)

PAGE_SIZE = 100  # the most that Discord gives; a page with fewer is the last
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


class Refusal(msgspec.Struct):
    message: str = ""
    code: Any = 0
    retry_after: float | None = None
    is_global: Any = msgspec.field(default=False, name="global")


_MESSAGE_LIST = msgspec.json.Decoder(list[Message])
_USERS = msgspec.json.Decoder(list[User])
_REFUSAL = msgspec.json.Decoder(Refusal)


def _ask(task: Task) -> Request:
    params = {"limit": str(PAGE_SIZE)}
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
        return Page(len(users), None if len(users) < PAGE_SIZE else users[-1].id)
    messages = _MESSAGE_LIST.decode(reply.content)
    beneath = [part for message in messages for part in _beneath(message)]
    return Page(
        len(messages),
        None if len(messages) < PAGE_SIZE else messages[-1].id,
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


_MEANINGS: dict[int, tuple[Kind, str]] = {
    10003: ("no", "there is no such channel: check its number in sources.toml"),
    10008: ("no", "the message was deleted; there is nothing to do"),
    10014: ("no", "the emoji was deleted; there is nothing to do"),
    20001: ("no", "bots may not read it: take it out of sources.toml"),
    40001: ("token", ""),
    40002: ("stop", "the owner of the bot must verify the account"),
    40333: ("stop", "its protection blocks requests from here: pull from another address"),
    50001: ("no", "the bot cannot see it: give it View Channel there"),
    50013: ("no", "the bot lacks a permission: give it Read Message History there"),
    50014: ("token", ""),
    50024: ("no", "such a channel has no messages: follow a text channel or a thread"),
    50035: ("no", "that is no number of a channel: check it in sources.toml"),
    130000: ("again", ""),
}
_BANNED, _BANNED_PAUSE = "it has blocked this machine's address for a time", 3600.0
_ALL_REQUESTS = "the bot's limit on all requests is reached"


def _judge(reply: Reply) -> Verdict | None:
    if reply.status == 200:
        return None
    try:
        told = _REFUSAL.decode(reply.content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        if reply.status != 429:
            return None
        seconds = reply.retry_after  # of Cloudflare, whose error 1015 is no JSON
        return Verdict("limit", "", _BANNED_PAUSE if seconds is None else seconds, _BANNED)
    if reply.status == 429:
        advice = _ALL_REQUESTS if told.is_global is True else ""
        seconds = reply.retry_after if told.retry_after is None else told.retry_after
        return Verdict("limit", told.message, seconds, advice)
    if told.code not in _MEANINGS:
        return None
    kind, advice = _MEANINGS[told.code]
    return Verdict(kind, told.message, advice=advice)


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
