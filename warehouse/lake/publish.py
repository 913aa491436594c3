"""Publication of a lake's marts in a PostgreSQL that serves them.

Source: the build that people read; a database in which nothing has landed.
Shape:  a table per mart and publication in `core`. The mart, a view, is replaced in one
        transaction by one over its new table; relations that people read are never dropped.
Units:  counts of marts and rows; seconds.
Errors: WarehouseError where there is no build, or the database is a warehouse of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql

from warehouse import news, project, runs, schemas
from warehouse.connection import Target
from warehouse.errors import WarehouseError
from warehouse.lake import erasures, extra, locks
from warehouse.lake.build import OF_POSTGRESQL
from warehouse.lake.copying import copy, rows_of
from warehouse.lake.layout import AS_OF, DELIVERED, LOADS, RUNS, Lake, read
from warehouse.lake.orders import order_of
from warehouse.web import contracts

# a row is an interaction; when it happened
TIMES = {
    "follower_interactions": "occurred_at",
    "follower_activity_timeline": "occurred_at",
    "interaction_history": "occurred_at",
    "user_interaction": "created_at",
}
PREFIX = "published"  # of the tables
PATIENCE = "3s"  # for readers of a mart
ATTEMPTS = 20


class Published(msgspec.Struct, frozen=True):
    """What a publication wrote."""

    mart_count: int
    row_count: int
    as_of: datetime
    seconds: float


def publish(
    target: Target,
    session: psycopg.Connection,
    folder: str | Path,
    *,
    since: str | None = None,
    on_step: Callable[[str, int, int], None] | None = None,
) -> Published:
    """Let the marts of a database show what the current build of a lake holds.

    With `since`, marts of single interactions hold those of that day and later, and those
    without a time that were received by then or later.
    """
    began = time.monotonic()
    extra.require("pyarrow")
    lake = Lake(folder)
    with locks.in_use(lake):
        erasures.check(lake)
        build = lake.current()
        if build is None:
            raise WarehouseError(
                f"{lake.folder} holds no build; `warehouse lake build {folder}` makes one."
            )
        as_of = datetime.fromisoformat((build / AS_OF).read_text("utf-8").strip())
        _require_empty(session)
        _require_marts(target, session)
        names = [name for name in contracts.names() if name not in OF_POSTGRESQL]
        with runs.run_lock(session):
            run_seq = _begin(session, build.name, as_of)
            _publish_loads(session, lake)
            rows = 0
            for number, name in enumerate(names, 1):
                table = f"{PREFIX}_{name}_{run_seq}"
                rows += _stage(session, build / "marts.db" / name, name, table, since)
                _swap(session, name, table)
                _remove_former(session, name, table)
                if on_step is not None:
                    on_step(name, number, len(names))
            session.execute(
                "update raw.runs set finished_at = clock_timestamp(), is_successful = true,"
                " project_fingerprint = %s where run_seq = %s",
                (str(project.fingerprint({})), run_seq),
            )
    return Published(len(names), rows, as_of, time.monotonic() - began)


def _require_empty(session: psycopg.Connection) -> None:
    """Raise where something has landed: the marts would not show it any more."""
    for table in DELIVERED:
        statement = sql.SQL("select 1 from raw.{} limit 1").format(sql.Identifier(table))
        if session.execute(statement).fetchone() is not None:
            raise WarehouseError(
                f"{session.info.dbname} is a warehouse of its own, for files have landed in "
                "it; publish to another database (DATABASE_URL) or to schemas of another "
                f"name ({schemas.VARIABLE})."
            )


def _require_marts(target: Target, session: psycopg.Connection) -> None:
    """Build the marts where there are none; they are of the project that built the lake."""
    wanted = project.fingerprint({})
    if news.last_whole_run(session, wanted) is not None:
        return
    row = session.execute(
        "select project_fingerprint from raw.runs"
        " where is_successful and schema_prefix = '' order by run_seq desc limit 1"
    ).fetchone()
    if row is None:
        outcome = runs.run(target, session)
        if not outcome.is_successful:
            said = "; ".join(f"{each.name}: {each.message}" for each in outcome.failures)
            raise WarehouseError(f"The marts cannot be built to publish to: {said}")
    elif str(row[0]).split(" ", 1)[0] != wanted.project:
        raise WarehouseError(
            "The project has changed since these marts were made; publish to an empty "
            "database, let people read that one, then remove this."
        )


def _begin(session: psycopg.Connection, build: str, as_of: datetime) -> int:
    """Enter the publication as a run, so that servers keep no answer meanwhile."""
    row = session.execute(
        "insert into raw.runs (invocation_id, started_at, as_of)"
        " values (%s || ' ' || gen_random_uuid(), clock_timestamp(), %s) returning run_seq",
        (f"lake {build}", as_of),
    ).fetchone()
    assert row is not None
    return int(row[0])


def _publish_loads(session: psycopg.Connection, lake: Lake) -> None:
    """Let raw.loads say which loads the marts are made of: they name the workspaces."""
    numbered = read(lake, LOADS).join(read(lake, RUNS), "load_id", join_type="inner")
    with session.transaction():
        session.execute("delete from raw.loads")
        copy(session, sql.SQL("raw.loads"), numbered.column_names, numbered.to_batches(), {})


def _stage(
    session: psycopg.Connection, folder: Path, mart: str, table: str, since: str | None
) -> int:
    """Write a mart's rows to a table of its own; return how many there are."""
    types = contracts.types(mart)
    named = {"table": sql.Identifier(table), "mart": sql.Identifier(mart)}
    with session.transaction():
        session.execute(
            sql.SQL("create table core.{table} (like marts.{mart})").format(**named)
        )
        batches = rows_of(folder, list(types), TIMES.get(mart) if since else None, since)
        count = copy(
            session, sql.SQL("core.{table}").format(**named), list(types), batches, types
        )
        for column in _read_by(mart, types):
            session.execute(
                sql.SQL("create index on core.{table} ({column})").format(
                    **named, column=sql.SQL(", ").join(map(sql.Identifier, column))
                )
            )
        session.execute(sql.SQL("analyze core.{table}").format(**named))
    return count


def _read_by(mart: str, types: dict[str, str]) -> list[tuple[str, ...]]:
    """Return what pages and the API look rows up by."""
    found: list[tuple[str, ...]] = [(name,) for name, kind in types.items() if kind == "uuid"]
    if "workspace_id" in types:
        found.append(("workspace_id", TIMES[mart]) if mart in TIMES else ("workspace_id",))
    return found


def _swap(session: psycopg.Connection, mart: str, table: str) -> None:
    """Let a mart show its new table, in one transaction; readers of the mart are waited for."""
    order = order_of(mart)
    columns = session.execute(
        sql.SQL("select * from marts.{} limit 0").format(sql.Identifier(mart))
    ).description
    assert columns is not None
    statement = sql.SQL("create or replace view marts.{} as select {} from core.{}{}").format(
        sql.Identifier(mart),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
        sql.Identifier(table),
        sql.SQL("") if order is None else sql.SQL(" order by ") + order,
    )
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with session.transaction():
                session.execute("select set_config('lock_timeout', %s, true)", (PATIENCE,))
                session.execute(statement)
        except psycopg.errors.LockNotAvailable:
            if attempt == ATTEMPTS:
                raise WarehouseError(
                    f"Somebody has been reading {mart} for a minute; what it shows was not "
                    "replaced. Publish again."
                ) from None
        else:
            return


def _remove_former(session: psycopg.Connection, mart: str, table: str) -> None:
    """Drop the tables that the mart showed before; what is still read goes the next time."""
    former = session.execute(
        "select relname from pg_class where relnamespace = to_regnamespace(%s)"
        " and relkind = 'r' and relname ~ %s and relname <> %s",
        (schemas.named(session, "core"), f"^{PREFIX}_{mart}_[0-9]+$", table),
    ).fetchall()
    for (name,) in former:
        try:
            with session.transaction():
                session.execute("select set_config('lock_timeout', '100ms', true)")
                session.execute(sql.SQL("drop table core.{}").format(sql.Identifier(name)))
        except psycopg.errors.LockNotAvailable:
            continue
