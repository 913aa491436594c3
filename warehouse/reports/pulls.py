"""What `warehouse pull` fetched, and how far the sources are pulled.

Source: what `warehouse.pulling.pulls` yields; raw.pull_sources and raw.pull_cursors.
Shape:  tables and sentences; problems on standard error.
Errors: none; `after_pulls` returns the exit code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import psycopg

from warehouse import console
from warehouse.errors import FAILED, REJECTED

if TYPE_CHECKING:  # httpx would cost `status` a tenth of a second
    from warehouse.loading import Result
    from warehouse.pulling.declarations import Source
    from warehouse.pulling.pulls import Ended, Planned

MOST_PROBLEMS = 10  # of a source that are said one by one
ITEMS = """
select
    cur.source_name,
    cur.item,
    cur.reached_at,
    date_trunc('second', clock_timestamp() - cur.reached_at)::text,
    cur.is_backfilling
from raw.pull_cursors as cur
order by cur.source_name, cur.item, cur.workspace_id
"""
SOURCES = """
select source_name, began_at, spent_units, budget_date, wait_until, problem
from raw.pull_sources
order by source_name
"""
PROBLEMS = """
select source_name, item, problem
from raw.pull_cursors
where problem is not null
order by source_name, item
"""


class Tally:
    """What came of the pull of one source, however many pages it has."""

    def __init__(self, name: str, title: str) -> None:
        self.name, self.title = name, title
        self.pages = self.landed = self.rejected = self.suppressed = self.requests = 0
        self.new = 0  # pages
        self.problem_count = 0
        self.problems: list[str] = []

    def add(self, told: Result | Ended) -> None:
        """Count a page, or the end."""
        load = getattr(told, "load", None)
        if told.problem is not None:
            self.problem_count += 1
            source = getattr(told, "source", None)  # of a pull that ended; a page names its own
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(f"{source}: {told.problem}" if source else told.problem)
        if load is not None:
            self.pages += 1
            if load.is_new:
                self.new += 1
                self.landed += load.n_landed
                self.rejected += load.n_rejected
        self.requests += getattr(told, "request_count", 0)


def show_plan(name: str, source: Source, planned: Sequence[Planned]) -> None:
    """Print what would be pulled of a source."""
    console.title(f"{name} ({source.api.title}), at most {source.budget:,} requests")
    for item in planned:
        what = "everything" if item.since is None else f"since {item.since:%Y-%m-%d %H:%M} UTC"
        if source.api.is_feed:
            what = "what is handed out next"
        more = "; goes on with a pull that was interrupted" if item.is_resumed else ""
        console.say(f"{item.item}: {what}{more}.")


def show_pulls(tallies: Sequence[Tally]) -> None:
    """Print what came of each source."""
    columns = ["source", "requests", "pages", "new pages", "landed", "rejected"]
    rows = [
        [tally.name, tally.requests, tally.pages, tally.new, tally.landed, tally.rejected]
        for tally in tallies
    ]
    console.table(columns, rows)
    for tally in tallies:
        for problem in tally.problems:
            console.fail(f"{problem.rstrip('.')}.")
        if (rest := tally.problem_count - len(tally.problems)) > 0:
            console.fail(f"{tally.name}: {console.many(rest, 'problem')} more.")


def after_pulls(tallies: Sequence[Tally], *, with_sentence: bool) -> int:
    """Say what to do next; return the exit code."""
    landed = sum(tally.landed for tally in tallies)
    rejected = sum(tally.rejected for tally in tallies)
    has_problems = any(tally.problem_count for tally in tallies)
    if with_sentence and landed:
        told = console.many(landed, "record")
        console.say(f"{told} landed: `warehouse run` brings the marts up to date.")
    elif with_sentence and not has_problems and not rejected:
        console.say("Nothing new.")
    if with_sentence and rejected:
        console.say(f"{rejected:,} rejected: `warehouse rejects` shows why.")
    if has_problems:
        return REJECTED if any(tally.pages for tally in tallies) else FAILED
    return REJECTED if rejected else 0


def show_cursors(session: psycopg.Connection) -> None:
    """Print how far the sources are pulled, what they cost, and why they wait."""
    rows = session.execute(SOURCES).fetchall()
    if not rows:
        return
    console.table(
        ["pulled source", "last pull", "units", "on", "waits until"], [r[:5] for r in rows]
    )
    console.table(
        ["source", "item", "pulled up to", "ago", "backfill"],
        [
            [*row[:4], "unfinished: `warehouse pull --backfill` goes on" if row[4] else None]
            for row in session.execute(ITEMS)
        ],
    )
    for name, *_, problem in rows:
        if problem is not None:
            console.warn(f"{name}: {problem}")
    for name, item, problem in session.execute(PROBLEMS):
        console.warn(f"{name}, {item}: {problem}.")
