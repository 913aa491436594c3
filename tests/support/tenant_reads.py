"""Tenants that read their marts again and again, while something else goes on.

Source: `two_tenants`.
Shape:  `reading` yields a `Seen`; a thread for each tenant reads every mart in turn.
Errors: none; what PostgreSQL refuses is in `Seen.errors`.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import sql
from two_tenants import MARKS, Tenants


@dataclass
class Seen:
    """What readers came upon: how many reads and rows, foreign rows, errors."""

    reads: int = 0
    rows: int = 0
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@contextmanager
def reading(tenants: Tenants, pause: float = 0) -> Iterator[Seen]:
    """Let both tenants read until the block ends, with so many seconds between two reads."""
    seen, is_over = Seen(), threading.Event()
    threads = [
        threading.Thread(target=_read, args=(tenants, workspace, seen, is_over, pause))
        for workspace in MARKS
    ]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def _read(
    tenants: Tenants, workspace: str, seen: Seen, is_over: threading.Event, pause: float
) -> None:
    foreign = next(mark for name, mark in MARKS.items() if name != workspace)
    with tenants.open(workspace) as session:
        for mart in itertools.cycle(tenants.marts):
            if is_over.wait(pause):
                return
            query = sql.SQL(
                "select count(*), count(*) filter (where workspace_id is distinct from {} or"
                " strpos(found::text, {}) > 0) from {} as found"
            ).format(workspace, foreign, sql.Identifier(mart))
            try:
                row = session.execute(query).fetchone()
            except psycopg.Error as error:
                seen.errors.append(f"{workspace} {mart}: {error}")
                continue
            assert row is not None
            seen.reads += 1
            seen.rows += row[0]
            if row[1]:
                seen.foreign.append(f"{workspace} {mart}: {row[1]}")
