"""Continuous mode: land what is new, run, send alerts, and so on until told to stop.

Source: things that land, such as `warehouse.folders.Folders`; what others have landed; signals
        or another thread, which set `stopping`.
Shape:  `watch` goes round: every source lands, then one run follows if it has something to do.
        Where channels are declared, alerts are sent after a run, and now and then without one:
        a VIP becomes quiet by doing nothing. Each step tells its events. Between steps it
        looks whether it should stop.
Units:  seconds.
Errors: usage errors end it. What else goes wrong is told once and tried again, after pauses
        that grow (`Pause`).
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

import psycopg

from warehouse import channels, console, database, events, runs
from warehouse.connection import Target
from warehouse.errors import BUSY, USAGE, WarehouseError
from warehouse.events import Emit
from warehouse.loading import Result

LONGEST_PAUSE = 300.0  # between landings or runs that fail
LONGEST_OUTAGE_PAUSE = 60.0  # between attempts to reach a database
NOTIFY_SECONDS = 900.0  # between looks at the alerts while nothing is new


class Source(Protocol):
    """Something that lands documents."""

    def land(self, session: psycopg.Connection) -> Iterable[Result]:
        """Land what is new; a result per document."""


class Pause:
    """A pause that doubles with each failure, up to `longest`."""

    def __init__(self, first: float, longest: float) -> None:
        self._first, self._longest = first, longest
        self.end()

    def end(self) -> None:
        """Forget the failures."""
        self.seconds = 0.0
        self.problem: str | None = None
        self._over_at = 0.0

    def begin(self, problem: str) -> bool:
        """Begin the pause after a failure; return whether the failure is another one."""
        is_other = problem != self.problem
        self.problem = problem
        self.seconds = min(max(self._first, self.seconds * 2), self._longest)
        self._over_at = time.monotonic() + self.seconds
        return is_other

    @property
    def is_over(self) -> bool:
        """Whether it may be tried again."""
        return time.monotonic() >= self._over_at


def watch(
    sources: Sequence[Source],
    *,
    every: float,
    resolve: Callable[[], Target],
    emit: Emit,
    stopping: threading.Event,
) -> None:
    """Land from the sources into a database, and run, until `stopping` is set."""
    watcher = _Watcher(sources, every, resolve, emit, stopping)
    try:
        while not stopping.is_set():
            watcher.go_round()
            stopping.wait(max(every, watcher.outage.seconds))
    finally:
        watcher.disconnect()


class _Watcher:
    """What is known from one round to the next."""

    def __init__(
        self,
        sources: Sequence[Source],
        every: float,
        resolve: Callable[[], Target],
        emit: Emit,
        stopping: threading.Event,
    ) -> None:
        self._sources, self._resolve = sources, resolve
        self._emit, self._stopping = emit, stopping
        self._opened: tuple[Target, psycopg.Connection] | None = None
        self._is_postponed = self._is_frozen = False
        self._landing = Pause(every, LONGEST_PAUSE)
        self._running = Pause(every, LONGEST_PAUSE)
        self._notifying = Pause(every, LONGEST_PAUSE)
        self._notify_at = time.monotonic() + NOTIFY_SECONDS
        self.outage = Pause(every, LONGEST_OUTAGE_PAUSE)

    def go_round(self) -> None:
        """Land, then run, then tell people."""
        opened = self._connect()
        if opened is None:
            return
        if self._landing.is_over:
            with self._step(self._landing):
                self._land(opened[1])
        if self._running.is_over and self._opened and not self._stopping.is_set():
            with self._step(self._running):
                self._run(*opened)
        is_due = time.monotonic() >= self._notify_at and self._notifying.is_over
        if is_due and self._opened and not self._stopping.is_set():
            with self._step(self._notifying):
                self._notify(*opened)

    def _land(self, session: psycopg.Connection) -> None:
        for source in self._sources:
            for result in source.land(session):
                self._emit(events.of_load(result))
                if result.load is not None and result.load.is_new:
                    self._running.end()  # what failed may succeed now
                if self._stopping.is_set():
                    return
        self._landing.end()

    def _run(self, target: Target, session: psycopg.Connection) -> None:
        """Run if something is new."""
        if not runs.has_news(session):
            return
        try:
            outcome = runs.run(target, session, on_begin=lambda: self._emit(events.RunBegan()))
        except WarehouseError as error:
            if error.exit_code != BUSY:
                raise
            if not self._is_postponed:
                self._emit(events.RunPostponed())
            self._is_postponed = True
            return
        self._is_postponed = False
        if outcome.run_seq is not None or not outcome.is_successful:
            for event in events.of_run(outcome):
                self._emit(event)
        if outcome.is_successful:
            self._running.end()
            self._notify_at = 0.0  # at once
        else:
            self._running.begin("the run failed")
        self._free_memory()

    def _notify(self, target: Target, session: psycopg.Connection) -> None:
        """Send what is new in the alerts, where channels are declared."""
        if channels.place().exists():
            from warehouse import notifications  # noqa: PLC0415 (Apprise takes half a second)

            declared = channels.read()
            try:
                for sent in notifications.notify(target, session, declared, is_dry=False):
                    self._emit(events.of_message(sent))
                    if self._stopping.is_set():
                        return  # what is entered and not sent is sent the next time
            except WarehouseError as error:
                if error.exit_code != BUSY:  # another `notify` sends the same
                    raise
        self._notifying.end()
        self._notify_at = time.monotonic() + NOTIFY_SECONDS

    def _free_memory(self) -> None:
        """Free what a run leaves: it refers to itself, and commands collect that too seldom."""
        gc.collect()
        if not self._is_frozen:
            gc.freeze()  # the imports, so that later collections do not look at them
        self._is_frozen = True

    @contextmanager
    def _step(self, pause: Pause) -> Iterator[None]:
        """Tell what ends a step; where that is the connection, the next round begins anew."""
        try:
            yield
        except (psycopg.Error, WarehouseError) as error:
            problem = _sentence(error)
            if self._opened is None or self._opened[1].closed:
                self._lose(problem)
            elif pause.begin(problem):
                self._emit(events.Problem(problem=problem))

    def _connect(self) -> tuple[Target, psycopg.Connection] | None:
        """Return the prepared database, connected to anew where that is needed."""
        if self._opened is not None:
            return self._opened
        try:
            target = self._resolve()
            session = target.connect(autocommit=True)
            self._opened = target, session
            database.prepare(session)
            database.repair_analyst(target, session)
        except (psycopg.Error, WarehouseError) as error:
            if isinstance(error, WarehouseError) and error.exit_code == USAGE:
                raise
            self._lose(_sentence(error))
            return None
        if self.outage.problem is not None:
            self._emit(events.DatabaseFound())
        self.outage.end()
        return self._opened

    def _lose(self, problem: str) -> None:
        """Tell that the database cannot be used, once until it can."""
        if self.outage.problem is None:
            self._emit(events.DatabaseLost(problem=problem))
        self.outage.begin(problem)
        self.disconnect()

    def disconnect(self) -> None:
        """Close the connection, whatever is left of it."""
        if self._opened is not None:
            with suppress(psycopg.Error):
                self._opened[1].close()
        self._opened = None


def _sentence(error: psycopg.Error | WarehouseError) -> str:
    if isinstance(error, WarehouseError):
        return error.message
    return console.database_sentence(error)
