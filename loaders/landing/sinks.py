"""What landing asks of the place where records land.

Source: `loaders.landing.land`, which writes one load at a time.
Shape:  a `Sink`. PostgreSQL is one (`loaders.landing.postgres`), a lake of Parquet files the
        other (`warehouse.lake.sink`). Both keep the tables of `loaders/schema.sql`.
Units:  statements are SQL that PostgreSQL and DuckDB read alike, over tables `raw.*`.
Errors: those of the place. A load that is not committed leaves no trace that anybody reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from psycopg import sql

from loaders.parsing.notes import Note

if TYPE_CHECKING:
    from loaders.landing.identity import Known
    from loaders.landing.writing import Table

Statement = sql.SQL | sql.Composed
Notes = Mapping[Note, tuple[int, int]]  # how many records, and the first of them


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Native records of a load, and the newest time that they prove (1970: none)."""

    n_in: int
    n_landed: int
    n_rejected: int
    n_suppressed: int
    newest_at: datetime


class Rows(Protocol):
    """Takes rows of one table, as `loaders.landing.writing` writes them."""

    def write(self, rows: bytes | bytearray, /) -> None:
        """Take whole rows."""


class Sink(Protocol):
    """A place where documents land."""

    def landing(self) -> AbstractContextManager[object]:
        """Surround one load: after an error nothing of it stays."""

    def known(self, values: Mapping[str, Any]) -> list[Known]:
        """Return the loads of the same content, oldest first."""

    def claim(self, values: Mapping[str, Any]) -> tuple[int, datetime] | None:
        """Enter a load: its id and time; None where it has landed before."""

    def copying(self, table: Table) -> AbstractContextManager[Rows]:
        """Take rows of a table until it is left."""

    def rename(self, load_id: int, stored: Callable[[str], str]) -> None:
        """Store what may be stored of the names of the load's file and account."""

    def finish(self, load_id: int, counts: Counts, notes: Notes) -> None:
        """Enter what came of the load; all its rows have been written."""

    def select(
        self, statement: Statement, values: Mapping[str, Any], of: Sequence[int] | None = None
    ) -> list[tuple[Any, ...]]:
        """Return rows of the load and of the loads `of`; None: of all its workspace's loads."""

    def add(self, statement: Statement, values: Mapping[str, Any], of: Sequence[int]) -> None:
        """Land the interactions that a statement about these loads returns."""

    def close_rejects(self, load_id: int, of: Sequence[int]) -> None:
        """Close the open rejects of these loads: this load has tried their records again."""

    def bring_back(self, load_id: int, of: Sequence[int]) -> None:
        """Let records without a time that these loads had taken back count from now on."""

    def commit(self) -> bool:
        """Let people read the load; false where the same has landed meanwhile."""
