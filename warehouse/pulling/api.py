"""What a module of `warehouse.pulling.apis` declares about the API of a platform.

Source: those modules; `walking` and `asking` go by it.
Shape:  pure functions: which request asks for a page, and what an answer says about the next.
Units:  times are aware; costs are the platform's units, most often requests.
Errors: ShapeError where an answer is not what the documentation says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import msgspec


class ShapeError(Exception):
    """An answer is not what the API's documentation says; the message says in what."""


class Request(msgspec.Struct, frozen=True):
    """One request: a GET, or a POST of a JSON body. `path` begins below the API's address.

    `name`: what the answer is called, where it does not say itself what it holds.
    """

    path: str
    params: Mapping[str, str] = {}
    body: Mapping[str, Any] | None = None
    cost: int = 1
    name: str = ""


class Task(msgspec.Struct, frozen=True):
    """What is asked for: a page of the list `kind` of the thing `id`.

    `since`: nothing older is wanted; None: everything. `position`: of the page, as the page
    before it told; None: the first.
    """

    kind: str
    id: str
    since: datetime | None = None
    position: str | None = None


class Beneath(msgspec.Struct, frozen=True):
    """A list that hangs on something of a page, as the replies on a thread.

    `version` changes when the list does. `at`: the time by which its page is ordered.
    """

    kind: str
    id: str
    version: str
    at: datetime | None = None


class Page(msgspec.Struct, frozen=True):
    """What an answer says besides its records.

    `count`: its records. `position`: of the next page; None: there is none. `oldest_at`: of
    its records, where pages go from new to old; None: the order is another.
    """

    count: int
    position: str | None = None
    oldest_at: datetime | None = None
    beneath: tuple[Beneath, ...] = ()


Kind = Literal["token", "limit", "again", "stop", "no"]


class Verdict(msgspec.Struct, frozen=True):
    """What a platform says with an answer that is no page.

    `token`: it is refused. `limit`: too much was asked; `seconds` until more is welcome, if
    it is said. `again`: a second try may succeed. `stop`: no request of the source will. `no`:
    this request will not. `advice`: a clause that says why, and what to do.
    """

    kind: Kind
    says: str = ""
    seconds: float | None = None
    advice: str = ""


class Reply(msgspec.Struct, frozen=True):
    """An answer: its status, its headers in lower case, its body, and when it was given."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    at: datetime
    name: str = ""  # of the request

    @property
    def retry_after(self) -> float | None:
        """After how many seconds the headers allow another request, by the platform's clock."""
        told = self.headers.get("retry-after")
        if told is not None:
            try:
                return max(float(told), 0.0)
            except ValueError:
                pass
            try:
                return max((parsedate_to_datetime(told) - self.at).total_seconds(), 0.0)
            except (ValueError, TypeError):
                pass
        try:
            reset = float(self.headers["x-rate-limit-reset"])
        except (KeyError, ValueError):
            return None
        return max(reset - self.at.timestamp(), 0.0)


class Api(msgspec.Struct, frozen=True, kw_only=True):
    """The API of a platform.

    `follows`: the kinds of lists that sources.toml may name, and what each is.
    `judge`: what the platform says in its own words; None where the status says all.
    `pause`: seconds that it wants to pass before the next request.
    `is_feed`: it hands out each record once, oldest first, from a position on.
    """

    platform: str
    title: str
    url: str
    follows: Mapping[str, str]
    authorise: Callable[[str], Mapping[str, str]]  # a token in, headers out
    ask: Callable[[Task], Request]
    read: Callable[[Task, Reply], Page]
    judge: Callable[[Reply], Verdict | None] = lambda _: None
    pause: Callable[[Reply], float] = lambda _: 0.0
    secret_path: Callable[[str], str] | None = None  # before each path, where a token is part
    is_feed: bool = False
    daily_units: int | None = None  # that the platform grants
    day_zone: str = "UTC"  # whose midnight begins a day of them
