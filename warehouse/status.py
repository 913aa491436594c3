"""Where the warehouse stands, for people.

Shape:  tables and sentences on standard output.
Errors: WarehouseError (usage) for a reason code that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from loaders.records import Reason
from warehouse import console, rejects
from warehouse.connection import Target
from warehouse.embedded import server
from warehouse.errors import USAGE, WarehouseError


def show_connection(target: Target) -> None:
    """How a BI tool connects, and as whom."""
    if not target.embedded:
        console.say(f"Your own server: {target.display()}")
        return
    console.say(f"PostgreSQL is running: {target.display()}")
    analyst = target.analyst()
    console.say(f"For BI tools (read-only): {analyst.display()}")
    password = server.status().home / f"{analyst.user}.password"
    console.say(f"  its password is in {password}", style="dim")


def show(target: Target, session: psycopg.Connection) -> None:
    """The server, the last run, freshness, what is pending, what is rejected."""
    show_connection(target)
    row = session.execute(
        "select run_seq, started_at, finished_at, is_successful from raw.runs"
        " order by run_seq desc limit 1"
    ).fetchone()
    if row is None:
        console.say("No run yet: `warehouse load`, then `warehouse run`.")
    else:
        run_seq, started_at, finished_at, is_successful = row
        state = "succeeded" if is_successful else "failed" if finished_at else "did not finish"
        console.say(f"Last run: {run_seq}, begun {started_at:%Y-%m-%d %H:%M} UTC, {state}.")
    rows = session.execute(
        "select workspace_id, platform, count(*), sum(n_in)::bigint, max(received_at),"
        " count(*) filter (where run_seq is null) from raw.loads group by 1, 2 order by 1, 2"
    ).fetchall()
    if rows:
        console.table(
            ["workspace", "platform", "loads", "records", "last landed", "waiting for a run"],
            rows,
        )
    _show_counts(session, None)


def _show_counts(session: psycopg.Connection, reason: str | None) -> None:
    counts = rejects.counts(session, reason)
    if not counts:
        console.say("No open rejects.")
        return
    console.table(
        ["workspace", "platform", "reason", "open", "last landed"], counts, "Open rejects"
    )


def show_rejects(session: psycopg.Connection, reason: str | None, most: int) -> None:
    """Open rejects, counted and listed."""
    _show_counts(session, reason)
    rows = [
        (
            reject.load_id,
            reject.source_name,
            reject.line_no,
            reject.reason,
            reject.detail,
            reject.raw.decode("utf-8", "replace"),
        )
        for reject in rejects.listing(session, reason, most)
    ]
    if rows:
        console.table(["load", "file", "record", "reason", "what is wrong", "begins"], rows)
        console.say("After a fix: `warehouse rejects --replay`, then `warehouse run`.")


def show_replays(replays: Iterable[rejects.Replay]) -> int:
    """What came of trying again; the exit code says whether anything stays rejected."""
    code, rows = 0, []
    for replay in replays:
        landed = replay.load.n_landed if replay.load else 0
        rows.append((replay.load_id, replay.source_name, replay.tried, landed))
        code = code if landed == replay.tried else 4
    if not rows:
        console.say("No open rejects to try again.")
        return 0
    console.table(["load", "file", "tried", "landed now"], rows)
    if any(row[3] for row in rows):
        console.say("`warehouse run` brings the marts up to date.")
    return code


def check_reason(reason: str | None) -> None:
    """Refuse a reason code that is none."""
    if reason is not None and reason not in list(Reason):
        raise WarehouseError(
            f"{reason!r} is no reason code; they are {', '.join(Reason)}.", USAGE
        )
