"""Where the warehouse stands.

Source: the database's own accounts of loads and runs.
Shape:  tables and sentences on standard output.
Errors: those of the database.
"""

from __future__ import annotations

import psycopg

from warehouse import console, run_log, upgrades
from warehouse.connection import Target
from warehouse.reports.connections import show_connection
from warehouse.reports.notifications import show_waiting
from warehouse.reports.pulls import show_cursors
from warehouse.reports.rejects import show_counts
from warehouse.reports.runs import NO_RUN


def show_status(target: Target, session: psycopg.Connection) -> None:
    """The server, the last run, freshness, pulls, what is pending, rejected or not sent."""
    show_connection(target)
    last = next(iter(run_log.newest(session, 1)), None)
    if last is None:
        console.say(NO_RUN)
    else:
        number = "" if last.run_seq is None else f" {last.run_seq},"
        at = f"{last.started_at:%Y-%m-%d %H:%M}"
        console.say(f"Last run:{number} started {at} UTC, {last.outcome}.")
        if last.problems:
            console.warn("`warehouse runs` says why.")
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
