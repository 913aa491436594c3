"""The landing gate: what has landed is looked at before anything of it is published.

Source: raw.loads that no run has taken up, with their interactions and rejects, against the
        last loads of the same workspace, platform and format; seeds/landing_thresholds.csv.
Shape:  one `Verdict` per run, and Data Docs in the state folder.
Units:  shares 0 to 1; times are those of the database and of the loads, no other clock.
Errors: WarehouseError where something could not be checked: nothing is published then.

The caller holds the run lock. What waits is pinned by its ids first; what passes is marked
(`gated_at`), and within `warehouse run` raw.begin_run numbers marked loads only. So a load
that is committed in between is neither numbered nor lost: the next run looks at it, as it does
at the loads of a workspace that is held.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row

from warehouse import data_docs, schemas, state
from warehouse.connection import Target
from warehouse.gate_process import Beside
from warehouse.thresholds import CRITICAL, MEASURES, Batch, Checked, Threshold, of_platform

COMPARED = 20  # newest earlier loads of a source that the waiting ones are compared with
FEWEST = 5  # of them that it takes to compare at all

SQL = Path(__file__).parent / "sql"
# A mark of a run that was killed does not stay on what is held now.
_WAITING = "select distinct workspace_id from raw.loads where load_id = any(%s)"
_MARK = (
    "update raw.loads set gated_at ="
    " case when workspace_id <> all(%s) then clock_timestamp() end"
    " where load_id = any(%s) returning gated_at is not null"
)
Row = dict[str, Any]  # of landing_measures.sql


@dataclass(frozen=True)
class Problem:
    """A threshold that the loads of one source reach: where, and a sentence.

    `format`: null where it is about all formats of the platform.
    """

    workspace_id: str
    platform: str
    format: str | None
    message: str
    is_critical: bool

    @property
    def name(self) -> str:
        """The source for people."""
        said = f"{self.workspace_id}, {self.platform}"
        return said if self.format is None else f"{said} ({self.format})"

    def is_of(self, row: Row) -> bool:
        """Whether it is about the source of a row of landing_measures.sql."""
        return row["workspace_id"] == self.workspace_id and self.format in (
            None,
            row["format"],
        )


@dataclass(frozen=True)
class Verdict:
    """What the gate says; `page` is the file that shows all checks.

    `held`: workspaces whose loads wait on; `passed_count`: loads that it let through.
    """

    problems: tuple[Problem, ...]
    page: Path
    held: tuple[str, ...] = ()
    passed_count: int = 0

    @property
    def is_critical(self) -> bool:
        """Whether something is so wrong that it should not be published."""
        return any(problem.is_critical for problem in self.problems)

    def reasons(self, held: Sequence[str]) -> list[str]:
        """Return why the loads of these workspaces wait, a sentence per source."""
        return [
            f"{problem.name}: {problem.message}"
            for problem in self.problems
            if problem.is_critical and problem.workspace_id in held
        ]


class Loads(NamedTuple):
    """Ids of the loads that wait, and of those that they are compared with."""

    pending: list[int]
    earlier: list[int]


def check(
    target: Target,
    session: psycopg.Connection,
    *,
    accept: bool = False,
    as_of: str | None = None,
    seeds: Path | None = None,
    meanwhile: Callable[[], object] | None = None,
    held_anyway: Iterable[str] = (),
) -> Verdict | None:
    """Look at all loads that wait; let those of a workspace through if none is critical.

    None where none waits. With `accept` all go through whatever is found. `as_of`: an
    instant that is taken for now, if it is later than the landing. `seeds`: the folder of
    the thresholds and type mappings, the project's own if not given.
    `meanwhile`: what this process does while another one checks. `held_anyway`: workspaces
    that something else holds.
    """
    pending = [
        load_id
        for (load_id,) in session.execute(
            "select load_id from raw.loads where run_seq is null order by load_id"
        )
    ]
    if not pending:
        return None
    folder = seeds or state.project_root() / "seeds"
    loads = _count(session, pending, folder, as_of)
    at, platforms = _now_and_platforms(session, pending)
    batches = [
        Batch(name, _query(session, name, loads), of_platform(folder, name))
        for name in platforms
    ]
    measured = {batch.platform: _measured(session, batch.query) for batch in batches}
    checked = _checked(target, batches, measured, at, meanwhile)
    problems = tuple(
        problem for item in checked for problem in _problems(item, measured[item.platform])
    )
    problems += _doubles(session, pending)
    critical = {problem.workspace_id for problem in problems if problem.is_critical}
    waiting = {row[0] for row in session.execute(_WAITING, (pending,))}
    critical |= waiting & {*held_anyway}
    held = () if accept else tuple(sorted(critical))
    marked = session.execute(_MARK, (list(held), pending)).fetchall()
    passed_count = sum(is_passed for (is_passed,) in marked)
    page = data_docs.publish(
        [(item, measured[item.platform]) for item in checked],
        [(problem.is_critical, f"{problem.name}: {problem.message}") for problem in problems],
        database=target.dbname,
        at=at,
        held=held,
        is_held=bool(held) and passed_count == 0,
    )
    _record(session, measured, problems, at, held)
    return Verdict(problems, page, held, passed_count)


def _checked(
    target: Target,
    batches: Sequence[Batch],
    measured: Mapping[str, list[Row]],
    at: datetime,
    meanwhile: Callable[[], object] | None,
) -> list[Checked]:
    """Return the result of each batch.

    Great Expectations, whose import takes seconds, is only asked about a batch in which a
    measure reaches a threshold: below all of them every expectation is met.
    """
    near = [batch for batch in batches if batch.is_near(measured[batch.platform])]
    if not near:
        if meanwhile is not None:
            meanwhile()
        return [batch.passed() for batch in batches]
    if meanwhile is None:
        from warehouse import expectations  # noqa: PLC0415 (seconds that few runs need)

        answers = expectations.check(target, near, at)
    else:
        with Beside() as beside:
            beside.ask(target, near, at)
            meanwhile()
            answers = beside.answer()
    found = {answer.platform: answer for answer in answers}
    return [found.get(batch.platform) or batch.passed() for batch in batches]


def _record(
    session: psycopg.Connection,
    measured: Mapping[str, list[Row]],
    problems: Sequence[Problem],
    at: datetime,
    held: Sequence[str],
) -> None:
    """Keep what was found for the mart landing_checks."""
    for platform, rows in measured.items():
        for row in rows:
            found = [each for each in problems if each.platform == platform and each.is_of(row)]
            session.execute(
                _statement("landing_check"),
                {
                    "workspace_id": row["workspace_id"],
                    "platform": platform,
                    "format": row["format"],
                    "checked_at": at,
                    "record_count": row["record_count"],
                    "problem_count": len(found),
                    "critical_count": sum(each.is_critical for each in found),
                    "problems": "\n".join(each.message for each in found) or None,
                    "is_held": row["workspace_id"] in held,
                },
            )


def _measured(session: psycopg.Connection, query: str) -> list[Row]:
    with session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode()).fetchall()


def _count(
    session: psycopg.Connection, pending: list[int], seeds: Path, as_of: str | None
) -> Loads:
    """Count what waits, anew each time, and earlier loads that have not been counted yet."""
    rows = session.execute(
        _statement("earlier_loads"), {"pending": pending, "most": COMPARED}
    ).fetchall()
    with (seeds / "interaction_type_mappings.csv").open(encoding="utf-8-sig") as stream:
        mappings = list(csv.DictReader(stream))
    with session.transaction():
        session.execute("delete from raw.load_counts where load_id = any(%s)", (pending,))
        session.execute(
            _statement("landing_counts"),
            {
                "loads": pending + [load_id for load_id, is_counted in rows if not is_counted],
                "as_of": as_of,
                "platforms": [row["platform"] for row in mappings],
                "types": [row["native_type"] for row in mappings],
                "kinds": [row["native_kind"] for row in mappings],
            },
        )
    session.execute("analyze raw.load_counts")
    return Loads(pending, [load_id for load_id, _ in rows])


def _now_and_platforms(
    session: psycopg.Connection, pending: list[int]
) -> tuple[datetime, list[str]]:
    row = session.execute(
        "select clock_timestamp(), array_agg(distinct platform order by platform)"
        " from raw.loads where load_id = any(%s)",
        (pending,),
    ).fetchone()
    assert row is not None
    return row


def _query(session: psycopg.Connection, platform: str, loads: Loads) -> str:
    """The measures of one platform as a query with all values in it, quoted by the driver."""
    values = {**loads._asdict(), "platform": platform, "fewest": FEWEST}
    statement = schemas.translate(
        schemas.prefix_of(session), _statement("landing_measures").decode()
    )
    measures = psycopg.ClientCursor(session).mogrify(statement.encode(), values)
    return f"select * from (\n{measures}) as measured"  # noqa: S608 (it has to begin so)


def _statement(name: str) -> bytes:
    return (SQL / f"{name}.sql").read_bytes()


def _doubles(session: psycopg.Connection, pending: list[int]) -> tuple[Problem, ...]:
    """A warning for each channel whose messages count twice, from two kinds of export."""
    with session.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_statement("landing_doubles"), {"pending": pending}).fetchall()
    return tuple(
        Problem(
            row["workspace_id"],
            "discord",
            None,
            "channel {channel_key}: {message_count:,} messages are in load {other_load_id}"
            " ({other_name}, {other_kind}) and in load {csv_load_id} ({csv_name}, {csv_kind}),"
            " and count twice. Load a channel in one kind of export.".format_map(row)
            + (f" {row['load_count']:,} loads hold them." if row["load_count"] > 2 else ""),
            is_critical=False,
        )
        for row in rows
    )


def _problems(checked: Checked, rows: list[Row]) -> list[Problem]:
    """One problem per source and measure: the critical one where there are two."""
    by_key = {(row["workspace_id"], row["format"]): row for row in rows}
    worst: dict[tuple[tuple[str, str], str], Threshold] = {}
    for threshold, key in checked.reached:
        place = (key, threshold.measure)
        if place not in worst or threshold.severity == CRITICAL:
            worst[place] = threshold
    order = list(MEASURES)
    return [
        Problem(
            key[0],
            checked.platform,
            key[1],
            threshold.sentence(by_key[key]),
            threshold.severity == CRITICAL,
        )
        for (key, _), threshold in sorted(
            worst.items(), key=lambda item: (item[0][0], order.index(item[0][1]))
        )
    ]
