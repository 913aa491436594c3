"""Where the warehouse stands.

Source: the database's own accounts of loads and runs.
Shape:  tables and sentences on standard output.
Errors: those of the database.
"""

from __future__ import annotations

import psycopg

from warehouse import console, upgrades
from warehouse.connection import Target
from warehouse.reports.connections import show_connection
from warehouse.reports.notifications import show_waiting
from warehouse.reports.pulls import show_cursors
from warehouse.reports.rejects import show_counts


def show_status(target: Target, session: psycopg.Connection) -> None:
    """The server, the last run, freshness, pulls, what is pending, rejected or not sent."""
    show_connection(target)
    row = session.execute(
        "select run_seq, started_at, finished_at, is_successful from raw.runs"
        " where schema_prefix = '' order by run_seq desc limit 1"
    ).fetchone()
    if row is None:
        console.say("There was no run yet; use `warehouse load`, then `warehouse run`.")
    else:
        run_seq, started_at, finished_at, is_successful = row
        state = "succeeded" if is_successful else "failed" if finished_at else "did not finish"
        console.say(f"Last run: {run_seq}, started {started_at:%Y-%m-%d %H:%M} UTC, {state}.")
    rows = session.execute(
        "select workspace_id, platform, count(*), sum(n_in)::bigint, max(received_at),"
        " count(*) filter (where run_seq is null) from raw.loads group by 1, 2 order by 1, 2"
    ).fetchall()
    if rows:
        console.table(
            ["workspace", "platform", "loads", "records", "last landed", "waiting for a run"],
            rows,
        )
    show_cursors(session)
    for name, sentence in upgrades.waiting(session):
        console.warn(f"{name}: {sentence}")
    show_waiting(session)
    show_counts(session)
