"""One fake per platform, as the laws of pulling need it.

Shape:  `FAKES` by platform: the server, the item that is followed and the key of a record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from fake_services import discord, forum, graph, x, youtube
from fake_services.linear import Linear
from fake_services.service import Answer, Service
from fake_services.telegram import Telegram
from fake_services.youtube import CHANNEL, YouTube
from warehouse.pulling import apis
from warehouse.pulling.api import Api
from warehouse.pulling.rest import PLATFORM


class Published(Protocol):
    """What a fake offers to tests besides its server."""

    token: str
    page_size: int | None

    def publish(self, key: str, at: datetime, words: str = ...) -> None:
        """Write something, or edit it."""

    def hide(self, key: str) -> None:
        """Leave it out of later pages."""


Write = Callable[[Any, str, datetime], None]


class Fake(NamedTuple):
    """A platform as the laws see it.

    `stored`: the native id under which a key lands. `limited`: the platform's answer to too
    many requests, which allows the next one after some seconds. `renamed`: a key of an answer
    without which it is not understood, and another. `others`: what else can be followed, and
    how to write something there. `branch` writes something with lists beneath it.
    """

    make: Callable[[], Any]
    item: str
    other_item: str  # that is empty
    stored: Callable[[str], str]
    limited: Callable[[Service, float], Answer]
    renamed: tuple[bytes, bytes]
    is_feed: bool = False
    others: Mapping[str, Write] = {}
    branch: Callable[[Any, datetime], None] = lambda *_: None


def _linear_limit(service: Service, seconds: float) -> Answer:
    reset = int((service.now().timestamp() + seconds) * 1000)
    error = {"message": "Rate limit exceeded", "extensions": {"code": "RATELIMITED"}}
    headers = {"X-RateLimit-Requests-Remaining": "0", "X-RateLimit-Requests-Reset": str(reset)}
    return Answer(400, {"errors": [error]}, headers)


def _retry_after(_: Service, seconds: float) -> Answer:
    return Answer(429, {"message": "Slow down"}, {"Retry-After": str(round(seconds, 1))})


def _telegram_limit(_: Service, seconds: float) -> Answer:
    parameters = {"retry_after": seconds}
    told = {"ok": False, "description": "Too Many Requests", "parameters": parameters}
    return Answer(429, told)


def _graph_limit(_: Service, seconds: float) -> Answer:
    told = {"error": {"message": "Application request limit reached", "code": 4}}
    return Answer(400, told, {"Retry-After": str(round(seconds, 1))})


def _reset(service: Service, seconds: float) -> Answer:
    reset = service.now().timestamp() + seconds
    told = {"title": "Too Many Requests", "detail": "Too Many Requests"}
    return Answer(429, told, {"X-Rate-Limit-Reset": str(round(reset, 1))})


def _bucket(_: Service, seconds: float) -> Answer:
    told = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
    return Answer(429, told)


FAKES = {
    "discord": Fake(
        discord.Discord,
        f"messages:{discord.CHANNEL}",
        "messages:700000000000000009",
        lambda key: f"message:800000000000{key}",
        _bucket,
        (b'"timestamp"', b'"moment"'),
        branch=discord.branch,
    ),
    "facebook": Fake(
        graph.Facebook,
        f"posts:{graph.ACCOUNT}",
        "posts:909090909",
        lambda key: f"comment:{key}_{key}",
        _graph_limit,
        (b'"data"', b'"entries"'),
        others={f"insights:{graph.ACCOUNT}": graph.Graph.publish},
        branch=graph.branch,
    ),
    "instagram": Fake(
        graph.Instagram,
        f"media:{graph.ACCOUNT}",
        "media:909090909",
        lambda key: f"comment:17{key}",
        _graph_limit,
        (b'"data"', b'"entries"'),
        others={f"insights:{graph.ACCOUNT}": graph.Graph.publish},
        branch=graph.branch,
    ),
    "linear": Fake(
        Linear,
        "comments:ENG",
        "comments:OPS",
        lambda key: f"comment:{key}",
        _linear_limit,
        (b'"nodes"', b'"entries"'),
        others={"issues:ENG": Linear.publish},
    ),
    "rest": Fake(
        forum.Forum,
        "posts:garden",
        "posts:909090909",
        str,
        _retry_after,
        (b'"posts"', b'"entries"'),
    ),
    "telegram": Fake(
        Telegram,
        "updates:all",
        "updates:none",
        lambda key: f"message:1000001234:{key}",
        _telegram_limit,
        (b'"result"', b'"results"'),
        is_feed=True,
    ),
    "youtube": Fake(
        YouTube,
        f"comments:{CHANNEL}",
        "comments:UCnobody",
        lambda key: f"comment:{key}",
        _retry_after,
        (b'"items"', b'"entries"'),
        others={f"videos:{CHANNEL}": YouTube.upload},
        branch=youtube.branch,
    ),
    "x": Fake(
        x.X,
        f"mentions:{x.ACCOUNT}",
        "mentions:909090909",
        lambda key: f"tweet:1700000000000{key}",
        _reset,
        (b'"meta"', b'"about"'),
        others={f"posts:{x.ACCOUNT}": x.X.write, f"likers:{x.ACCOUNT}": x.X.write},
        branch=x.branch,
    ),
}


def api_of(platform: str) -> Api:
    """Return the API that a fake speaks."""
    return forum.api() if platform == PLATFORM else apis.known()[platform]
