"""The log of runs: how each went, and why one failed or held loads back.

Source: raw.runs, which dbt numbers; raw.run_problems, which a run writes at its end. The mart
        `runs` tells a workspace of its own runs, without sentences that may speak of others.
Shape:  one `Run` per run that publishes, failed and held attempts included.
Units:  aware times; seconds; counts of loads and of records in them.
Errors: those of the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
import psycopg
from psycopg.rows import kwargs_row

SQL = Path(__file__).parent / "sql"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run, or an attempt of one.

    `run_seq` is null where no run was numbered: the quality gate held everything back, or dbt
    did not begin. `unfinished`: the process was killed, or dbt runs without `warehouse`.
    """

    run_seq: int | None
    outcome: Literal["succeeded", "failed", "held", "running", "unfinished"]
    started_at: datetime
    finished_at: datetime | None
    load_count: int
    record_count: int
    problems: list[str]

    @property
    def seconds(self) -> float | None:
        """How long the run took; null before its end."""
        if self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


def newest(session: psycopg.Connection, most: int) -> list[Run]:
    """Return the newest runs, newest first."""
    with session.cursor(row_factory=kwargs_row(_run)) as cursor:
        return cursor.execute(_statement("run_log"), {"most": most}).fetchall()


def to_json(runs: Sequence[Run]) -> str:
    """Return the runs as a JSON array, a run a line."""
    lines = [
        msgspec.json.encode({**msgspec.structs.asdict(run), "seconds": run.seconds}).decode()
        for run in runs
    ]
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


def keep(
    session: psycopg.Connection,
    sentences: Sequence[str],
    *,
    run_seq: int | None,
    is_held: bool,
    seconds: float,
) -> None:
    """Keep why a run that took so many seconds failed or held loads back, if it did."""
    lines = dict.fromkeys(" ".join(sentence.split()) for sentence in sentences)
    if not lines:
        return
    session.execute(
        _statement("run_problems"),
        {
            "problems": "\n".join(lines),
            "run_seq": run_seq,
            "is_held": is_held,
            "seconds": seconds,
        },
    )


def _run(*, problems: list[str], **told: object) -> Run:
    return msgspec.convert({**told, "problems": [*filter(None, problems)]}, Run)


def _statement(name: str) -> bytes:
    return (SQL / f"{name}.sql").read_bytes()
