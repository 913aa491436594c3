"""Where the warehouse stands, for people.

Shape:  tables and sentences on standard output.
Errors: WarehouseError (usage) for a reason code that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

import psycopg

from loaders.records import Reason
from warehouse import console, rejects, upgrades
from warehouse.analysts import Login
from warehouse.connection import Target
from warehouse.decisions import Account, Decision
from warehouse.embedded import server
from warehouse.errors import REJECTED, USAGE, WarehouseError
from warehouse.labels import Labelled
from warehouse.purge import Purged

SHOWN = 5  # names that a sentence lists

BEGINNING = 60  # bytes of a reject that are shown


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


def after_login(target: Target, secret: str) -> None:
    """How a new login connects; its password is shown this once."""
    console.say(f"Login {target.user}, which only reads the marts: {target.display()}")
    console.say(f"Its password, shown this once: {secret}")


def show_logins(logins: Sequence[Login]) -> None:
    """The logins of people and tools."""
    if not logins:
        console.say("There is no login yet; `warehouse login add NAME` creates one.")
        return
    console.table(
        ["login", "open connections"], [(each.name, each.connection_count) for each in logins]
    )


def show(target: Target, session: psycopg.Connection) -> None:
    """The server, the last run, freshness, what is pending, what is rejected or set aside."""
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
    for name, sentence in upgrades.waiting(session):
        console.warn(f"{name}: {sentence}")
    _show_counts(session, None)


def _show_counts(session: psycopg.Connection, reason: str | None) -> int:
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
    total = _show_counts(session, reason)
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


def show_replays(replays: Iterable[rejects.Replay]) -> int:
    """What came of trying again; the exit code says whether anything stays rejected."""
    found = list(replays)
    if not found:
        console.say("No open rejects to try again.")
        return 0
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
    is_clean = cut == 0 and all(replay.landed == replay.tried for replay in found)
    return 0 if is_clean else REJECTED


def show_purged(purged: Sequence[Purged], now: datetime, *, is_dry: bool) -> None:
    """What a purge took away of each platform with a retention, or would."""
    if not purged:
        console.say("seeds/retention.csv has no row; nothing was removed.")
        return
    console.table(
        [
            "platform",
            "days kept",
            "interactions",
            "raw rows",
            "rejects",
            "evidence",
            "entries",
            "archived as",
            "oldest",
            "newest",
        ],
        [
            (
                item.platform,
                item.retention_days,
                item.interaction_count,
                item.delivered_count,
                item.rejected_count,
                item.evidence_count,
                item.entry_count,
                item.archived_count,
                _day(item.oldest),
                _day(item.newest),
            )
            for item in purged
        ],
    )
    for item in purged:
        if item.kept_count:
            console.say(
                f"{console.many(item.kept_count, 'interaction')} of {item.platform} of that "
                f"age {'stays' if item.kept_count == 1 else 'stay'}: issues need them."
            )
    moment = f"{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if is_dry:
        console.say(f"Age as of {moment}; nothing was removed.")
    else:
        console.say(f"Age as of {moment}; totals and scores did not change.")


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.astimezone(UTC).date()


def check_reason(reason: str | None) -> None:
    """Refuse a reason code that is none."""
    if reason is not None and reason not in list(Reason):
        raise WarehouseError(
            f"{reason!r} is not a reason code; use one of {', '.join(Reason)}.", USAGE
        )


def show_candidates(accounts: Sequence[Account]) -> None:
    """The accounts that a name may mean, with the ids that tell them apart."""
    console.table(
        ["id", "workspace", "platform", "its own id", "username", "display name"],
        [
            (
                account.follower_id,
                account.workspace_id,
                account.platform,
                account.actor_id,
                account.username,
                account.display_name,
            )
            for account in accounts
        ],
    )


def after_decision(decision: Decision, next_step: str, *, is_new: bool) -> None:
    """What was decided about whom, or that it held already."""
    said = f"{decision.account.name}, {decision.account.workspace_id}: {decision.decision}"
    if is_new:
        console.say(f"{said}; takes effect in the next `{next_step}`.")
    else:
        console.say(f"{said} was already in effect, for the same reason.")


def after_decisions(
    said: int, recorded: int, unknown: Sequence[Account], next_step: str
) -> None:
    """How many of a file's decisions were new, and about whom nothing is known yet."""
    if not said:
        console.say("The file has a header but no rows; nothing was recorded.")
        return
    held = f"; {said - recorded:,} held already" if recorded < said else ""
    in_effect = f": in effect after the next `{next_step}`" if recorded else ""
    console.say(f"{console.many(recorded, 'decision')} recorded{held}{in_effect}.")
    if unknown:
        names = [
            f"{each.actor_id} on {each.platform} ({each.workspace_id})" for each in unknown
        ]
        more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
        console.warn(
            f"Not known yet: {', '.join(names[:SHOWN])}{more}. Their decisions take effect "
            "when they appear. If one is misspelt, decide again."
        )


def after_labels(done: Sequence[Labelled], next_step: str) -> None:
    """How many texts were read and labelled, by workspace and platform."""
    if not done:
        console.say("There is no new text to label.")
        return
    console.table(
        ["workspace", "platform", "texts", "labelled"],
        [
            (each.workspace_id, each.platform, each.text_count, each.label_count)
            for each in done
        ],
    )
    if any(each.label_count for each in done):
        console.say(f"`{next_step}` uses the labels.")
