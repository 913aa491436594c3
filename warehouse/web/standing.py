"""Where the warehouse stands: its last run and decision, its workspaces.

Source: raw.runs, raw.decisions and raw.loads, looked at once a second at most.
Shape:  a `Standing`; its `version` names what marts show, and is null while a run changes them.
Units:  run numbers; aware times.
Errors: ProblemError where the database does not answer.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from psycopg.rows import class_row

from warehouse.web.databases import Database

STATEMENT = (Path(__file__).parents[1] / "sql" / "standing.sql").read_bytes()
SECONDS = 1.0  # for which a look is good
MOST_SECONDS = 300  # that a number relative to the moment may be old
VERSION = version("engagement-warehouse")


@dataclass(frozen=True)
class Standing:
    """The last run that publishes; all of it is null before the first one.

    `published_at`: when the last successful run ended; `as_of`: the instant that it is about.
    """

    run_seq: int | None
    finished_at: datetime | None
    is_successful: bool | None
    published_at: datetime | None
    as_of: datetime | None
    decision_id: int | None
    workspaces: list[str]

    @property
    def version(self) -> str | None:
        """Name what marts show; null while that changes, or after a run that was killed."""
        if self.run_seq is not None and self.finished_at is None:
            return None
        return f"{self.run_seq} {self.finished_at} {self.decision_id}"

    @property
    def moment(self) -> str | None:
        """Name what an answer is kept as: what marts show, by which release, and when."""
        if self.version is None:
            return None
        return f"{VERSION} {self.version} {time.time() // MOST_SECONDS}"


class Watch:
    """Looks at the standing of a warehouse, for many requests at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._seen: Standing | None = None
        self._seen_at = 0.0
        self._asked_at: dict[str, float] = {}

    def note(self, workspace: str) -> None:
        """Note that somebody asks about a workspace."""
        self._asked_at[workspace] = time.monotonic()

    def asked(self, seconds: float) -> list[str]:
        """Return the workspaces that were asked about in the last so many seconds.

        Those that were asked about last come first.
        """
        since = time.monotonic() - seconds
        known = sorted(self._asked_at.copy().items(), key=lambda each: -each[1])
        return [workspace for workspace, at in known if at >= since]

    @property
    def workspaces(self) -> list[str]:
        """Return the workspaces of the last look; empty before the first."""
        return [] if self._seen is None else self._seen.workspaces

    def look(self) -> Standing:
        """Return the standing, at most a second old."""
        with self._lock:
            if self._seen is None or time.monotonic() - self._seen_at > SECONDS:
                with (
                    self._database.owner() as session,
                    session.cursor(row_factory=class_row(Standing)) as cursor,
                ):
                    self._seen = cursor.execute(STATEMENT).fetchone()
                self._seen_at = time.monotonic()
            assert self._seen is not None
            return self._seen
