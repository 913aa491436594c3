"""A run with a bar that shows how far it has come.

Shape:  as `runs.run`.
Errors: as `runs.run`.
"""

from __future__ import annotations

import psycopg

from warehouse import console, runs
from warehouse.connection import Target


def run_with_progress(
    target: Target,
    session: psycopg.Connection,
    *,
    rebuild: bool = False,
    accept: bool = False,
    as_of: str | None = None,
    known_at: str | None = None,
    schema: str | None = None,
) -> runs.Outcome:
    """Run, and say on standard error which relation has just been finished."""
    with console.progress() as bar:
        task = bar.add_task("Rebuilding" if rebuild else "Building", total=None, detail="")

        def on_step(name: str, number: int, total: int) -> None:
            bar.update(task, completed=number, total=total, detail=name)

        return runs.run(
            target,
            session,
            rebuild=rebuild,
            accept=accept,
            as_of=as_of,
            known_at=known_at,
            schema=schema,
            on_step=on_step,
        )
