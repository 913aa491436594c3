"""Other ways to keep the totals of each follower, on the same rows; none is a dependency.

Source: marts.follower_interactions. dbt's own ways (`table`, `merge`, `microbatch`) in a
        project of its own (dbt_peers/); DuckDB, where it is installed, on an
        export of the rows that the totals need.
Shape:  per way its seconds once a batch has landed, and how many rows of its result are not
        those of a full recompute then.
Units:  seconds of the one model alone, as dbt tells them, or of the one statement.
Errors: BenchmarkError with what dbt said.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.growth import Growth
from benchmarks.processes import measured, told
from benchmarks.server import psql
from warehouse import state
from warehouse.connection import Target
from warehouse.transform import environment

_PROJECT = Path(__file__).parent / "dbt_peers"
_FULL = (_PROJECT / "models" / "by_table.sql").read_text()  # no word of Jinja in it
_EXPORT = "select follower_id, interaction_type, occurred_at from marts.follower_interactions"
_NOTES = {
    "by_table": "makes all of it anew; drops what others built on it",
    "by_merge": "recomputes whoever got new rows; sees no retraction",
    "by_microbatch": "replaces the last two days only; per day, not totals",
}
_DIFFERING = """
with

shown as (
    select
        follower_id,
        interaction_count,
        comment_count,
        like_count,
        share_count,
        save_count,
        first_at,
        last_at
    from {relation}
),

due as ({full}),

differing as (
    (select * from due except select * from shown)
    union
    (select * from shown except select * from due)
)

select count(distinct follower_id) from differing
"""
_OURS = """
(
    select
        follower_id,
        interaction_count,
        coalesce(comment_count, 0) as comment_count,
        coalesce(like_count, 0) as like_count,
        coalesce(share_count, 0) as share_count,
        coalesce(save_count, 0) as save_count,
        first_seen as first_at,
        last_seen as last_at
    from marts.follower_engagement_scores
    where interaction_count > 0
) as ours
"""
_MISSED = """
select count(distinct (follower_id, occurred_at::date))
from marts.follower_interactions
where received_at > %s and occurred_at < %s
"""


@dataclass(frozen=True)
class Way:
    """One way to have the totals. `wrong`: rows that a full recompute has otherwise."""

    name: str
    seconds: float | None
    wrong: int | None = None
    note: str = ""


def measure(grown: Growth, on_step: Callable[[str], None]) -> list[Way]:
    """Build each, land a batch, bring each up to date."""
    target, until = grown.target, grown.until
    project, since = grown.folder / "dbt_peers", until - timedelta(days=2)
    shutil.copytree(_PROJECT, project)
    shutil.copy(state.project_root() / "profiles.example.yml", project / "profiles.yml")
    on_step("dbt's own ways: as they were before a batch")
    _build(target, project, since, until)
    before = _newest(target)
    own = grown.land_batch().run.models["follower_totals"]
    on_step("dbt's own ways: after the batch")
    took = _build(target, project, since, until)
    wrong = {
        name: _differing(target, sql.Identifier("public", name))
        for name in ("by_table", "by_merge")
    }
    wrong["by_microbatch"] = _missed(target, before, since)
    ways = [
        Way(
            "warehouse: follower_totals",
            own,
            _differing(target, sql.SQL(_OURS)),
            "adds what is new; the ledger, its own model, is what all others rest on",
        )
    ]
    ways += [
        Way(f"dbt {name[3:]}", took[name], wrong[name], note) for name, note in _NOTES.items()
    ]
    on_step("full scans")
    ways.append(
        Way(
            "PostgreSQL, full scan",
            _scan(target),
            None,
            "the statement of `table`, nothing kept",
        )
    )
    ways.append(_duckdb(target, grown.folder))
    return ways


def _build(target: Target, project: Path, since: datetime, until: datetime) -> dict[str, float]:
    """Seconds of each of the models; the microbatch makes the days from `since` on."""
    command = [
        *(sys.executable, "-c", "from dbt.cli.main import cli; cli()"),
        *("run", "--quiet", "--threads", "1"),
        *("--event-time-start", f"{since:%Y-%m-%d}", "--event-time-end", f"{until:%Y-%m-%d}"),
    ]
    with environment(target):
        own = {name: text for name, text in os.environ.items() if not name.startswith("DBT_")}
        measured(command, {**own, "DBT_PROFILES_DIR": str(project)}, project)
    _, nodes = told(project / "target" / "run_results.json")
    return {name: seconds for (_, name), seconds in nodes.items()}


def _newest(target: Target) -> datetime | None:
    """When the newest interaction was received."""
    with target.connect() as session:
        newest: datetime | None = _only(
            session, sql.SQL("select max(received_at) from marts.follower_interactions")
        )
    return newest


def _differing(target: Target, shown: sql.Composable) -> int:
    """How many followers' totals differ from a full recompute."""
    statement = sql.SQL(_DIFFERING).format(relation=shown, full=sql.SQL(_FULL))
    with target.connect() as session:
        return int(_only(session, statement))


def _missed(target: Target, before: datetime | None, since: datetime) -> int:
    """How many days of followers got something new that is older than the days made anew."""
    with target.connect() as session:
        return int(_only(session, sql.SQL(_MISSED), before, since))


def _only(
    session: psycopg.Connection, statement: sql.SQL | sql.Composed, *values: object
) -> Any:
    row = session.execute(statement, values or None).fetchone()
    assert row is not None
    return row[0]


def _scan(target: Target) -> float:
    with target.connect() as session:
        began = time.perf_counter()
        session.execute(_FULL.encode()).fetchall()
        return time.perf_counter() - began


def _duckdb(target: Target, folder: Path) -> Way:
    """The full scan in DuckDB; reading the export is no part of its time."""
    if importlib.util.find_spec("duckdb") is None:
        return Way("DuckDB, full scan", None, note="not installed")
    path = folder / "interactions.csv"
    psql(
        target,
        f"\\copy ({_EXPORT}) to '{path}' csv header\n",
    )
    with importlib.import_module("duckdb").connect(str(folder / "peer.duckdb")) as duck:
        duck.execute("create schema marts")
        began = time.perf_counter()
        duck.execute(f"create table marts.follower_interactions as from '{path}'")
        read = time.perf_counter() - began
        began = time.perf_counter()
        duck.execute(_FULL).fetchall()
        seconds = time.perf_counter() - began
    path.unlink()
    return Way("DuckDB, full scan", seconds, None, f"besides, {read:.1f} s to read an export")
