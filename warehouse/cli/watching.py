"""The command that goes on by itself: watch.

Source: paths, what is declared of their files, and signals.
Shape:  a line per event; returns exit code 0 after a signal.
Units:  seconds; a duration is a number and a unit, like 5s, 500ms, 2m or 1h.
Errors: WarehouseError (usage) for what cannot be watched.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from warehouse import durations, events, watch
from warehouse.cli import shared
from warehouse.cli.declarations import declared, declared_options
from warehouse.cli.shared import command, log_option
from warehouse.errors import USAGE, WarehouseError
from warehouse.folders import Folders
from warehouse.pulling import declarations
from warehouse.pulling.pulls import Schedule
from warehouse.reports.events import show_event

SHORTEST, LONGEST = 0.1, 86_400


class Duration(click.ParamType):  # type: ignore[type-arg]
    """A span of time like 5s."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds."""
        if isinstance(value, float):
            return value
        seconds = durations.seconds_of(str(value))
        if seconds is None or not SHORTEST <= seconds <= LONGEST:
            self.fail("give a time from 100ms to 24h, like 5s, 2m or 1h.", param, ctx)
        return seconds


@command(
    "watch",
    "warehouse watch inbox/ --workspace acme",
    "warehouse watch inbox/ --workspace acme --every 1m --log json",
    "warehouse watch",
)
@click.argument("paths", nargs=-1, metavar="[PATH]…")
@declared_options(needs_workspace=False)
@click.option(
    "--every",
    type=Duration(),
    default="5s",
    show_default=True,
    help="Time between two looks.",
)
@log_option
def watch_command(
    *, paths: tuple[str, ...], every: float, form: events.Form, **said: Any
) -> int:
    """Load what is new in folders and sources, and run, until stopped.

    A file is loaded when its size and time have not changed between two looks. A source in
    sources.toml is pulled as often as its `every` says. Without a PATH no folder is watched.
    Ctrl-C or SIGTERM stops after the current step; a second one interrupts it.
    """
    if paths and said["workspace"] is None:
        raise WarehouseError("A PATH needs --workspace: name the client or brand.", USAGE)
    if not paths and any(value is not None for value in said.values()):
        raise WarehouseError("Options about files need a PATH: name a folder to watch.", USAGE)
    emit = events.printer(form) if form == "json" else show_event
    stopping = threading.Event()
    sources: list[watch.Source] = [Folders(paths, declared(**said))] if paths else []
    if declarations.place().exists():
        sources.append(Schedule(declarations.read(), stopping))
    with _signals(stopping):
        emit(events.WatchBegan(paths=paths, every_seconds=every))
        watch.watch(sources, every=every, resolve=shared.resolve, emit=emit, stopping=stopping)
        emit(events.WatchEnded())
    return 0


@contextmanager
def _signals(stopping: threading.Event) -> Iterator[None]:
    """Let the first signal set `stopping`, and another one interrupt at once."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    interrupt = before[signal.SIGINT]

    def stop(number: int, frame: FrameType | None) -> None:
        if stopping.is_set() and callable(interrupt):
            interrupt(number, frame)
        # in a thread: the one that was interrupted may hold the event's lock
        threading.Thread(target=stopping.set).start()

    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # as of a job in the background
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
