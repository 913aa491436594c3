"""Landing in PostgreSQL: a load is one transaction.

Source: one connection; a transaction of its user holds the load, too.
Shape:  the tables of `loaders/schema.sql`.
Errors: those of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
from msgspec.structs import astuple
from psycopg import sql
from psycopg.types.json import Jsonb

from loaders.landing.identity import Known
from loaders.landing.writing import INTERACTIONS

if TYPE_CHECKING:
    from loaders.landing.sinks import Counts, Notes, Statement
    from loaders.landing.writing import Table


class PostgresSink:
    """The raw tables of a database."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def landing(self) -> AbstractContextManager[object]:
        """Surround one load with a transaction."""
        return self._connection.transaction()

    def known(self, values: Mapping[str, Any]) -> list[Known]:
        """Return the loads of the same content, oldest first."""
        return [Known(*row) for row in self._connection.execute(_KNOWN, _stored(values))]

    def claim(self, values: Mapping[str, Any]) -> tuple[int, datetime] | None:
        """Enter a load: its id and time; None where it has landed before.

        Where another process is landing the same now, this waits for what comes of it.
        """
        row: tuple[int, datetime] | None = self._connection.execute(
            _CLAIM, _stored(values)
        ).fetchone()
        return row

    @contextmanager
    def copying(self, table: Table) -> Iterator[psycopg.Copy]:
        """Take rows by COPY until it is left."""
        with (
            self._connection.cursor() as cursor,
            cursor.copy(table.statement) as copy,
        ):
            yield copy

    def rename(self, load_id: int, stored: Callable[[str], str]) -> None:
        """Store what may be stored of the names of the load's file and account."""
        names = self._connection.execute(
            "select source_name, account from raw.loads where load_id = %s", (load_id,)
        ).fetchall()[0]
        changed = [name and stored(name) for name in names]
        if changed != list(names):
            self._connection.execute(
                "update raw.loads set source_name = %s, account = %s where load_id = %s",
                (*changed, load_id),
            )

    def finish(self, load_id: int, counts: Counts, notes: Notes) -> None:
        """Enter what came of the load."""
        self._connection.execute(_FINISH, (*astuple(counts), load_id))
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "insert into raw.load_notes values (%s, %s, %s, %s, %s, %s)",
                [(load_id, *astuple(note), *told) for note, told in notes.items()],
            )

    def select(
        self, statement: Statement, values: Mapping[str, Any], of: Sequence[int] | None = None
    ) -> list[tuple[Any, ...]]:
        """Return rows; the server finds those of any load."""
        return self._connection.execute(statement, values).fetchall()

    def add(self, statement: Statement, values: Mapping[str, Any], of: Sequence[int]) -> None:
        """Land the interactions that a statement returns."""
        self._connection.execute(_ADD + statement, values)

    def close_rejects(self, load_id: int, of: Sequence[int]) -> None:
        """Close the open rejects of these loads."""
        self._connection.execute(
            "update raw.rejects set replay_load_id = %s"
            " where load_id = any(%s) and replay_load_id is null",
            (load_id, list(of)),
        )

    def bring_back(self, load_id: int, of: Sequence[int]) -> None:
        """Let records without a time that these loads had taken back count from now on."""
        self._connection.execute(_BRING_BACK, {"load_id": load_id, "of": list(of)})

    def commit(self) -> bool:
        """Return true: the transaction's end commits."""
        return True


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    options = values["options"]
    return {**values, "options": None if options is None else Jsonb(options)}


_KNOWN = (
    "select load_id, received_at, n_in, n_landed, n_rejected, format, account,"
    " timezone, options from raw.loads"
    " where workspace_id = %(workspace)s and platform = %(platform)s"
    " and content_sha256 = %(content)s"
    # many files are equal, as empty ones: of these only those of the same name
    " and (account is distinct from %(account)s::text"
    " or options->'named' is not distinct from %(options)s::jsonb->'named')"
    " order by load_id"
)
_CLAIM = (
    "insert into raw.loads (workspace_id, platform, format, source_name, account, timezone,"
    " options, content_sha256, replay_of) values (%(workspace)s, %(platform)s, %(format)s,"
    " %(name)s, %(account)s, %(timezone)s, %(options)s, %(content)s, %(replay_of)s)"
    " on conflict on constraint loads_land_once do nothing returning load_id, received_at"
)
_FINISH = (
    "update raw.loads set n_in = %s, n_landed = %s, n_rejected = %s,"
    " n_suppressed = %s, documented_at = nullif(%s, to_timestamp(0)),"
    " committed_at = clock_timestamp()"
    " where load_id = %s"
)
_ADD = sql.SQL("insert into raw.interactions ({}) ").format(
    sql.SQL(", ").join(map(sql.Identifier, INTERACTIONS.columns))
)
_BRING_BACK = (
    "update raw.interactions as ours set version_at = lds.received_at from raw.loads as lds"
    " where lds.load_id = %(load_id)s and ours.load_id = lds.load_id"
    " and ours.version_at is null and exists (select from raw.interactions as former"
    " where former.load_id = any(%(of)s) and former.is_retracted"
    " and former.native_id = ours.native_id)"
)
