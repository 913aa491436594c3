"""Pulls without a database: pages and state are kept in memory, and the process may die.

Shape:  `Memory.pull` is one pull of a fake, by the walks and requests of the product.
Errors: `Killed` where it was told to die; AssertionError for anything that was skipped.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import msgspec
from fake_services.fakes import FAKES, Fake, api_of
from fake_services.service import TOKEN

from warehouse.pulling import declarations
from warehouse.pulling.api import Reply, Request
from warehouse.pulling.asking import Client
from warehouse.pulling.walking import State, Wish, follow


class Killed(Exception):  # noqa: N818 (not an error of the walk)
    """The process is gone."""


class Memory:
    """A keeper whose pages and state are one transaction, and that can be killed."""

    def __init__(self, platform: str, service: Any) -> None:
        self.platform, self.service = platform, service
        self.fake: Fake = FAKES[platform]
        self.pages: list[bytes] = []
        self.names: list[str] = []  # of pages
        self.state = b"{}"
        self.steps = 0
        self.dies_at: int | None = None
        self.largest = 0

    def step(self) -> None:
        """Die here, if it is time."""
        self.steps += 1
        if self.steps == self.dies_at:
            raise Killed

    def get(self, request: Request) -> Reply:
        """Ask; the process may die before, or with the answer in its hands."""
        self.step()
        reply = self.client.get(request)
        self.step()
        return reply

    def keep(self, state: State, reply: Reply | None) -> str | None:
        """Keep both; the process may die before the commit, or after it."""
        self.step()
        if reply is not None:
            self.pages.append(reply.content)
            self.names.append(reply.name or "page")
        self.state = msgspec.json.encode(state)
        self.largest = max(self.largest, len(self.state))
        self.step()
        return None

    def pull(self, *, backfill: bool = False, look_back: timedelta = timedelta(days=2)) -> int:
        """Pull in a new process; return how many requests that took."""
        api = api_of(self.platform)
        before = len(self.service.asked)
        self.client = Client(
            api,
            TOKEN,
            "T",
            url=self.service.url,
            spend=lambda _: None,
            stopping=threading.Event(),
        )
        try:
            for skipped in follow(
                api,
                declarations.item(self.fake.item),
                msgspec.json.decode(self.state, type=State),
                Wish(look_back, is_backfill=backfill),
                self,
            ):
                assert skipped is None, skipped
        finally:
            self.client.close()
        return len(self.service.asked) - before

    def has(self, key: str) -> bool:
        """Whether a page holds this thing."""
        return any(key.encode() in page for page in self.pages)
