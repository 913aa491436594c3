"""Answers that take long are read before somebody asks: after the start and after each run.

Source: the standing of the warehouse, the workspaces that were asked about lately.
Shape:  a thread that calls `read` for a workspace whose answers are not kept yet.
Units:  seconds. Of the time, at most one part in `SHARE` + 1 is spent reading.
Errors: none; who asks is told what goes wrong.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from warehouse.web.problems import ProblemError
from warehouse.web.standing import Standing, Watch

SECONDS = 2.0  # between two looks
LATELY = 3600.0  # who has not looked for so long may wait for an answer
SHARE = 9.0  # times as long as it has read, it rests
MOST_WORKSPACES = 10

Read = Callable[[Standing, str, str], Iterator[None]]  # of a workspace, kept as a moment


class Ahead:
    """Reads what takes long, step by step."""

    def __init__(self, watch: Watch, read: Read) -> None:
        self._watch, self._read = watch, read
        self._stop = threading.Event()
        self._read_at: dict[str, str] = {}  # workspace: the moment that is kept
        self._is_first = True

    @contextmanager
    def running(self) -> Iterator[None]:
        """Read in a thread of its own, which ends after its step."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()

    def _run(self) -> None:
        pause = 0.0
        while not self._stop.wait(pause):
            begun = time.monotonic()
            with suppress(psycopg.Error, ProblemError):
                self.look()
            pause = max(SECONDS, SHARE * (time.monotonic() - begun))

    def look(self) -> None:
        """Read what has changed: of all workspaces at first, later of those asked about."""
        asked = self._watch.asked(LATELY)
        if not asked and not self._is_first:
            return
        standing = self._watch.look()
        moment = standing.moment
        if moment is None or standing.as_of is None:  # a run is under way, or the first one
            return
        wanted = standing.workspaces if self._is_first else asked
        self._is_first = False
        for workspace in wanted[:MOST_WORKSPACES]:
            if workspace in standing.workspaces and self._read_at.get(workspace) != moment:
                for _ in self._read(standing, workspace, moment):
                    if self._stop.is_set() or self._watch.look().moment != moment:
                        return
                self._read_at[workspace] = moment
