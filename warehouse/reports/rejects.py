"""Open rejects: counted, listed, and what came of trying them again.

Source: `warehouse.rejects`.
Shape:  tables and sentences on standard output.
Errors: WarehouseError (usage) for a reason code that does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from loaders.records import Reason
from warehouse import console, rejects
from warehouse.errors import REJECTED, USAGE, WarehouseError

BEGINNING = 60  # bytes of a reject that are shown


def check_reason(reason: str | None) -> None:
    """Refuse a reason code that is none."""
    if reason is not None and reason not in list(Reason):
        raise WarehouseError(
            f"{reason!r} is not a reason code; use one of {', '.join(Reason)}.", USAGE
        )


def show_counts(session: psycopg.Connection, reason: str | None = None) -> int:
    """Show how many rejects are open, by workspace, platform and reason; return the sum."""
    counts = rejects.counts(session, reason)
    if not counts:
        console.say("No open rejects.")
        return 0
    console.table(
        ["workspace", "platform", "reason", "open", "last delivered"], counts, "Open rejects"
    )
    return sum(row[3] for row in counts)


def show_rejects(session: psycopg.Connection, reason: str | None, most: int) -> None:
    """Open rejects, counted and listed."""
    total = show_counts(session, reason)
    rows = [
        (
            reject.load_id,
            console.short_path(reject.source_name),
            reject.line_no,
            console.what_is_wrong(reject.detail),
            reject.raw[:BEGINNING].decode("utf-8", "replace"),
        )
        for reject in rejects.listing(session, reason, most)
    ]
    if not rows:
        return
    heading = "The newest" if len(rows) < total else "All of them"
    console.table(["load", "file", "record", "what is wrong", "begins"], rows, heading)
    console.say("After a fix: `warehouse rejects --replay`, then `warehouse run`.")


def show_replays(found: Sequence[rejects.Replay]) -> None:
    """What came of trying again."""
    if not found:
        console.say("No open rejects to try again.")
        return
    console.table(
        ["load", "file", "tried", "landed now"],
        [
            (
                replay.load_id,
                console.short_path(replay.source_name),
                replay.tried,
                replay.landed,
            )
            for replay in found
        ],
    )
    if cut := sum(replay.cut for replay in found):
        console.warn(
            f"{cut:,} were too large to be kept completely: correct the file and load it again."
        )
    if any(replay.landed for replay in found):
        console.say("`warehouse run` brings the marts up to date.")
    else:
        console.say(
            "Nothing changed: the records were rejected again; `warehouse rejects` shows why."
        )


def after_replays(found: Sequence[rejects.Replay]) -> int:
    """Return the exit code, which says whether anything stays rejected."""
    is_clean = all(replay.landed == replay.tried and not replay.cut for replay in found)
    return 0 if is_clean else REJECTED
