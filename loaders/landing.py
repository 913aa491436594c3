"""The only writer of `raw`: one document in, one load committed, or nothing.

Source: a recognised document and the outcomes of its format.
Shape:  one row in raw.loads, typed rows in the tables of the records, rejects beside them,
        all in one transaction.
Units:  counts are native records: n_in = n_landed + n_rejected.
Errors: a data error rejects one record. An error of the database or of the file leaves no
        trace, and landing the document again is right.
"""

from __future__ import annotations

import hashlib
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import msgspec
import psycopg
from msgspec.structs import astuple
from psycopg import sql

from loaders.documents import Document
from loaders.formats import Context, Format, outcomes
from loaders.records import (
    Content,
    Counter,
    Interaction,
    Landed,
    Outcome,
    Post,
    Profile,
    Reason,
    Record,
    Rejected,
)

FLUSH_ROWS = 5_000  # that wait
FLUSH_BYTES = 8 * 1024 * 1024
COPY_ROWS = 50_000  # interactions in one COPY: an error of the server shows at its end

Row = Sequence[Any]

_encode = msgspec.json.Encoder().encode


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Whose records a document holds, as declared by the person who lands it."""

    workspace: str
    platform: str
    account: str | None = None
    timezone: str | None = None


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What came of landing one document.

    `is_new` is false where the same bytes had been landed before: the counts are then those
    of that earlier load.
    """

    load_id: int
    is_new: bool
    received_at: datetime
    n_in: int
    n_landed: int
    n_rejected: int
    reasons: dict[Reason, int]


class Table(msgspec.Struct, frozen=True):
    """Where records of one class go: columns with their types, and which of them are JSON."""

    name: str
    columns: tuple[tuple[str, str], ...]
    json: tuple[int, ...] = ()  # places in a row

    @property
    def statement(self) -> sql.Composed:
        """The COPY that takes rows of it."""
        names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in self.columns)
        return sql.SQL("copy raw.{} ({}) from stdin (format binary)").format(
            sql.Identifier(self.name), names
        )


_KEYS = (("load_id", "int8"), ("line_no", "int8"), ("workspace_id", "text"))
_JSONB = b"\x01"  # version byte of the binary form


def _table(name: str, record: type[Record], **types: str) -> Table:
    """The table of a record: its fields are the columns, text unless said otherwise."""
    columns = (
        *_KEYS,
        *((field, types.get(field, "text")) for field in record.__struct_fields__),
    )
    json = tuple(place for place, (_, type_) in enumerate(columns) if type_ == "jsonb")
    # jsonb goes over as bytes: its binary form is the text after a version byte
    sent = tuple((field, "bytea" if type_ == "jsonb" else type_) for field, type_ in columns)
    return Table(name, sent, json)


TABLES: dict[type[Record], Table] = {
    Interaction: _table(
        "interactions",
        Interaction,
        occurred_at="timestamptz",
        version_at="timestamptz",
        is_retracted="bool",
        metadata="jsonb",
        payload="jsonb",
    ),
    Profile: _table(
        "profiles",
        Profile,
        follower_count="int8",
        is_verified="bool",
        observed_at="timestamptz",
    ),
    Post: _table("posts", Post, posted_at="timestamptz"),
    Counter: _table("counters", Counter, value="int8", observed_at="timestamptz"),
    Content: _table("content", Content, posts="jsonb", tags="jsonb"),
}

_REJECTS = Table(
    "rejects",
    (
        ("load_id", "int8"),
        ("line_no", "int8"),
        ("byte_offset", "int8"),
        ("byte_count", "int8"),
        ("is_cut", "bool"),
        ("raw", "bytea"),
        ("document", "bytea"),
        ("document_offset", "int8"),
        ("reason", "text"),
        ("detail", "text"),
    ),
)


def land(
    connection: psycopg.Connection,
    document: Document,
    fmt: Format,
    source: Source,
    context: Context,
    *,
    replay_of: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Load:
    """Land a document once.

    `on_progress` is called now and then with the number of records so far. Within a
    transaction of the caller it is his to commit or to take back.
    """
    with connection.transaction():
        claimed = _claim(connection, document, fmt, source, replay_of)
        if claimed is None:
            return _earlier(connection, _checksum(document, replay_of), source)
        load_id, received_at = claimed
        tally: Tally[Reason] = Tally()
        n_in = 0
        with _Writer(connection, load_id, source.workspace) as writer:
            for outcome in outcomes(document, fmt, context):
                n_in += 1
                writer.add(outcome)
                if type(outcome) is Rejected:
                    tally[outcome.reason] += 1
                if on_progress is not None and n_in % FLUSH_ROWS == 0:
                    on_progress(n_in)
        n_rejected = tally.total()
        connection.execute(
            "update raw.loads set n_in = %s, n_landed = %s, n_rejected = %s, "
            "committed_at = clock_timestamp() where load_id = %s",
            (n_in, n_in - n_rejected, n_rejected, load_id),
        )
    return Load(
        load_id=load_id,
        is_new=True,
        received_at=received_at,
        n_in=n_in,
        n_landed=n_in - n_rejected,
        n_rejected=n_rejected,
        reasons=dict(tally),
    )


def _claim(
    connection: psycopg.Connection,
    document: Document,
    fmt: Format,
    source: Source,
    replay_of: int | None,
) -> tuple[int, datetime] | None:
    """Enter the load: its id and time; None where its bytes have landed before.

    Where another process is landing the same bytes now, this waits for what comes of it.
    """
    row: tuple[int, datetime] | None = connection.execute(
        "insert into raw.loads (workspace_id, platform, format, source_name, account, timezone,"
        " content_sha256, replay_of) values (%s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict on constraint loads_land_once do nothing returning load_id, received_at",
        (
            source.workspace,
            source.platform,
            fmt.name,
            document.name,
            source.account,
            source.timezone,
            _checksum(document, replay_of),
            replay_of,
        ),
    ).fetchone()
    return row


def _checksum(document: Document, replay_of: int | None) -> bytes:
    """What tells contents apart; a replay is told apart from the load that it repeats."""
    if replay_of is None:
        return document.sha256
    return hashlib.sha256(b"%d:" % replay_of + document.sha256).digest()


def _earlier(connection: psycopg.Connection, checksum: bytes, source: Source) -> Load:
    row = connection.execute(
        "select load_id, received_at, n_in, n_landed, n_rejected from raw.loads"
        " where workspace_id = %s and platform = %s and content_sha256 = %s",
        (source.workspace, source.platform, checksum),
    ).fetchone()
    assert row is not None
    load_id, received_at, n_in, n_landed, n_rejected = row
    return Load(
        load_id=load_id,
        is_new=False,
        received_at=received_at,
        n_in=n_in,
        n_landed=n_landed,
        n_rejected=n_rejected,
        reasons={},
    )


class _Writer:
    """Rows by table, written by binary COPY.

    Nearly all rows are interactions: their COPY stays open while the next records are read,
    so that the server works meanwhile. Rows of other tables wait until there are enough.
    Leaving it without an error writes everything that waits.
    """

    def __init__(self, connection: psycopg.Connection, load_id: int, workspace: str) -> None:
        self._connection = connection
        self._load_id = load_id
        self._workspace = workspace
        self._interactions = TABLES[Interaction]
        self._open = ExitStack()
        self._write_row: Callable[[Row], None] | None = None  # of the open COPY
        self._written = 0  # rows, by the open COPY
        self._waiting: dict[str, list[Row]] = {}
        self._rows = 0  # that wait
        self._bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._open.__exit__(kind, error, traceback)
        else:
            self._flush()

    def add(self, outcome: Outcome) -> None:
        """Take what one native record came to."""
        if type(outcome) is Landed:
            line_no = outcome.line_no
            for record in outcome.records:
                if type(record) is Interaction:
                    row = self._row(self._interactions, line_no, record)
                    write_row = self._write_row or self._begin()
                    write_row(row)
                    self._written += 1
                else:
                    table = TABLES[type(record)]
                    self._wait(table, self._row(table, line_no, record))
        elif type(outcome) is Rejected:
            self._wait(_REJECTS, _reject(self._load_id, outcome))
        if self._written >= COPY_ROWS or self._rows >= FLUSH_ROWS or self._bytes >= FLUSH_BYTES:
            self._flush()

    def _row(self, table: Table, line_no: int, record: Record) -> Row:
        row = [self._load_id, line_no, self._workspace, *astuple(record)]
        for place in table.json:
            value = row[place]
            if value is not None:
                row[place] = _JSONB + (value if type(value) is bytes else _encode(value))
        return row

    def _begin(self) -> Callable[[Row], None]:
        """Open the COPY of interactions."""
        self._write_row = self._open.enter_context(self._copy(self._interactions)).write_row
        return self._write_row

    def _wait(self, table: Table, row: Row) -> None:
        self._waiting.setdefault(table.name, []).append(row)
        self._rows += 1
        for value in row:
            if type(value) is str or type(value) is bytes:
                self._bytes += len(value)

    def _flush(self) -> None:
        """End the open COPY and write everything that waits."""
        self._open.close()
        self._write_row = None
        for table in (*TABLES.values(), _REJECTS):
            if rows := self._waiting.pop(table.name, None):
                with self._copy(table) as copy:
                    for row in rows:
                        copy.write_row(row)
        self._written = self._rows = self._bytes = 0

    @contextmanager
    def _copy(self, table: Table) -> Iterator[psycopg.Copy]:
        with (
            self._connection.cursor() as cursor,
            cursor.copy(table.statement) as copy,
        ):
            copy.set_types([type_ for _, type_ in table.columns])
            yield copy


def _reject(load_id: int, rejected: Rejected) -> Row:
    return (
        load_id,
        rejected.line_no,
        rejected.byte_offset,
        rejected.byte_count,
        rejected.is_cut,
        rejected.raw,
        rejected.document,
        rejected.document_offset,
        str(rejected.reason),
        rejected.detail,
    )
