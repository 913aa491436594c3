"""Pulls of sources: every followed item, page by page, each landed with its cursor.

Source: sources of sources.toml, and the APIs of their platforms.
Shape:  `pull` yields what became of each page, as loads do, and `Ended` when it is over.
        `Schedule` is a source of `warehouse.watch`.
Units:  seconds.
Errors: WarehouseError where a token is missing; those of the database. What a platform does is
        said in results and in `Ended`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg

from warehouse import locks
from warehouse.errors import WarehouseError
from warehouse.loading import Result, load_bytes
from warehouse.pulling import cursors, declarations
from warehouse.pulling.api import Reply, Request
from warehouse.pulling.asking import Client, HaltError
from warehouse.pulling.cursors import Item
from warehouse.pulling.declarations import Source
from warehouse.pulling.walking import State, Wish, follow

BUSY = "Another `warehouse pull` or a watch that pulls is active; wait until it has finished."


class Ended(NamedTuple):
    """The pull of a source is over; `problem` is why it stopped before its end."""

    source: str
    request_count: int
    item_count: int
    problem: str | None = None


class Planned(NamedTuple):
    """What a pull would ask for of an item: since when, and whether it goes on from before."""

    item: str
    since: datetime | None
    is_resumed: bool


def plan(
    session: psycopg.Connection, name: str, source: Source, wish: Wish
) -> Iterator[Planned]:
    """Yield what a pull would ask for of each item."""
    for text in source.follow:
        state = cursors.load(session, Item(name, text, source.workspace))
        walk = state.deep if wish.is_backfill or wish.since else state.recent
        since = (state.reached_at or datetime.now(UTC)) - wish.look_back
        if source.api.is_feed or wish.is_backfill:
            yield Planned(text, None, walk is not None)
        else:
            yield Planned(text, wish.since or (walk and walk.since) or since, walk is not None)


def pull(
    session: psycopg.Connection,
    name: str,
    source: Source,
    wish: Wish,
    stopping: threading.Event,
) -> Iterator[Result | Ended]:
    """Pull one source."""
    token = declarations.token_of(name, source)
    with locks.alone(session, "pull_lock", BUSY):
        yield from _Pull(session, name, source, wish, stopping).run(token)


class _Pull:
    """One pull of a source."""

    def __init__(
        self,
        session: psycopg.Connection,
        name: str,
        source: Source,
        wish: Wish,
        stopping: threading.Event,
    ) -> None:
        self._session, self._name, self._source = session, name, source
        self._wish, self._stopping = wish, stopping
        self._left = source.budget

    def run(self, token: str) -> Iterator[Result | Ended]:
        """Pull every item."""
        source, session = self._source, self._session
        if (until := cursors.wait_until(session, self._name)) is not None:
            told = f"{source.api.title} wants no requests before {until:%Y-%m-%d %H:%M} UTC."
            yield Ended(self._name, 0, 0, told)
            return
        cursors.begin(session, self._name)
        client = Client(
            source.api,
            token,
            source.token,
            url=source.url,
            spend=self._spend,
            stopping=self._stopping,
        )
        problem = until = None
        count = 0
        try:
            for text in source.follow:
                yield from self._item(client, Item(self._name, text, source.workspace))
                count += 1
        except HaltError as halt:
            problem, until = str(halt), halt.until
        finally:
            client.close()
        cursors.end(session, self._name, problem, until)
        yield Ended(self._name, client.request_count, count, problem)

    def _item(self, client: Client, item: Item) -> Iterator[Result]:
        keeper = _Landing(self._session, self._source, item, client)
        state = cursors.load(self._session, item)
        asked = declarations.item(item.item)
        problem = None
        for skipped in follow(self._source.api, asked, state, self._wish, keeper):
            yield from keeper.take()
            if skipped is not None:
                problem = skipped.problem.rstrip(".")
                yield Result(keeper.name, problem=f"{keeper.name}: {problem}")
        cursors.say(self._session, item, problem)

    def _spend(self, cost: int) -> None:
        """Take a request from the budgets."""
        if self._left < 1:
            raise HaltError(
                f"The budget of {self._source.budget:,} requests a pull is used up; the next "
                "pull goes on from here."
            )
        cursors.spend(
            self._session,
            self._name,
            cost,
            self._source.units_a_day,
            self._source.api.day_zone,
        )
        self._left -= 1


class _Landing:
    """What answers requests, and lands the answers with the cursor that they prove."""

    def __init__(
        self, session: psycopg.Connection, source: Source, item: Item, client: Client
    ) -> None:
        self._session, self._source, self._item = session, source, item
        self._client = client
        self._declared = source.declared(declarations.item(item.item).kind)
        self._landed: list[Result] = []
        self.name = f"pull/{item.source}/{item.item}"

    def get(self, request: Request) -> Reply:
        """Return the answer to a request."""
        return self._client.get(request)

    def take(self) -> Iterator[Result]:
        """Yield what has landed since it was last asked."""
        yield from self._landed
        self._landed.clear()

    def keep(self, state: State, reply: Reply | None) -> str | None:
        """Land an answer, if there is one, and store the state, both or neither."""
        result = None
        with self._session.transaction():
            if reply is not None:
                result = self._land(reply)
                if result.load is None:
                    return (result.problem or "").removeprefix(f"{self.name} ")
            load_id = None if result is None or result.load is None else result.load.load_id
            cursors.store(self._session, self._item, state, load_id)
        if result is not None:
            self._landed.append(result)
        return None

    def _land(self, reply: Reply) -> Result:
        return load_bytes(
            self._session,
            reply.content,
            f"{self.name}/{reply.name}" if reply.name else self.name,
            self._declared,
        )


class Schedule:
    """The sources that `watch` pulls, each as often as it says."""

    def __init__(self, sources: Mapping[str, Source], stopping: threading.Event) -> None:
        self._sources = {
            name: source for name, source in sources.items() if source.every_seconds is not None
        }
        self._stopping = stopping
        self.due_at: dict[str, float] = {}  # of time.monotonic
        self._problems: dict[str, set[str]] = {}  # of the last pull, which are told once

    def land(self, session: psycopg.Connection) -> Iterator[Result]:
        """Pull what is due; yield what is new, and what went wrong."""
        for name, source in self._sources.items():
            if self._stopping.is_set() or time.monotonic() < self.due_at.get(name, 0.0):
                continue
            self.due_at[name] = time.monotonic() + (source.every_seconds or 0)
            problems: set[str] = set()
            for result in self._pull(session, name, source):
                if result.problem is not None:
                    problems.add(result.problem)
                    if result.problem in self._problems.get(name, ()):
                        continue
                elif result.load is None or not result.load.is_new:
                    continue
                yield result
            self._problems[name] = problems

    def _pull(self, session: psycopg.Connection, name: str, source: Source) -> Iterator[Result]:
        try:
            for told in pull(session, name, source, Wish(source.window), self._stopping):
                if isinstance(told, Result):
                    yield told
                elif told.problem is not None:
                    yield Result(name, problem=f"{name}: {told.problem.rstrip('.')}")
        except WarehouseError as error:
            yield Result(name, problem=f"{name}: {error.message.rstrip('.')}")
