"""Discord's REST API: messages of a channel, of threads in it, and who reacted.

Source: discord.com/developers/docs (get channel messages, get reactions, rate limits).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import unquote

from fake_services.service import TOKEN, Answer, Asked, Service
from warehouse.pulling.apis import discord

FULL = discord.PAGE_SIZE
CHANNEL = "700000000000000001"
ADA = {
    "id": "500000000000000007",
    "username": "ada",
    "global_name": "Ada",
    "discriminator": "0",
    "public_flags": 0,
}


class Discord(Service):
    """A server with one channel."""

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.channels: dict[str, dict[str, dict[str, Any]]] = {CHANNEL: {}}
        self.reactors: dict[str, list[dict[str, Any]]] = {}  # by message

    @property
    def page_size(self) -> int:
        """The size of a full page, which both sides must know."""
        return discord.PAGE_SIZE

    @page_size.setter
    def page_size(self, size: int) -> None:
        discord.PAGE_SIZE = size
        self.prelude = (
            f"from warehouse.pulling.apis import discord\ndiscord.PAGE_SIZE = {size}\n"
        )

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        discord.PAGE_SIZE = FULL

    def publish(
        self, key: str, at: datetime, words: str = "Shall we?", channel: str = CHANNEL
    ) -> None:
        """Write a message, or edit it."""
        messages = self.channels.setdefault(channel, {})
        before = messages.get(key)
        told: dict[str, Any] = {
            "id": f"800000000000{key}",
            "type": 0,
            "channel_id": channel,
            "content": words,
            "timestamp": before["timestamp"] if before else at.isoformat(),
            "edited_timestamp": at.isoformat() if before else None,
            "author": ADA,
            "mentions": [],
        }
        if channel != CHANNEL:
            told["position"] = len(messages)
        messages[key] = {**(before or {}), **told}

    def react(self, key: str, user: str) -> None:
        """React to a message."""
        message = self.channels[CHANNEL][key]
        reactors = self.reactors.setdefault(message["id"], [])
        reactors.append({**ADA, "id": user, "username": f"u{user}"})
        emoji = {"id": None, "name": "🌱"}
        message["reactions"] = [{"emoji": emoji, "count": len(reactors), "me": False}]

    def begin_thread(self, key: str, thread: str) -> None:
        """Begin a thread with a message."""
        messages = self.channels[thread].values()
        newest = max(message["id"] for message in messages)
        told = {"id": thread, "name": "More", "last_message_id": newest}
        self.channels[CHANNEL][key]["thread"] = told

    def hide(self, key: str) -> None:
        """Leave a message out of later pages."""
        del self.channels[CHANNEL][key]

    def answer(self, asked: Asked) -> Answer:
        """Answer a GET of messages or reactions."""
        if asked.headers.get("authorization") != f"Bot {self.token}":
            return Answer(401, {"message": "401: Unauthorized", "code": 0})
        _, _, _, _, channel, _, *rest = asked.path.split("/")
        size = int(asked.params["limit"])
        if rest:
            assert unquote(rest[2]) == "🌱"
            after = asked.params.get("after", "")
            users = [user for user in self.reactors[rest[0]] if user["id"] > after]
            return Answer(200, sorted(users, key=lambda user: str(user["id"]))[:size])
        messages = self.channels.get(channel, {}).values()
        newest = sorted(messages, key=lambda one: str(one["id"]), reverse=True)
        before = asked.params.get("before", "9" * 20)
        return Answer(200, [one for one in newest if one["id"] < before][:size])


def branch(service: Discord, at: datetime) -> None:
    """Write a message with a thread of some messages, and with many who reacted."""
    thread = "700000000000000005"
    service.publish("890001", at)
    for number in range(7):
        service.publish(f"89001{number}", at, channel=thread)
        service.react("890001", f"50000000000000003{number}")
    service.begin_thread("890001", thread)
