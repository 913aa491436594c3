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
import re
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import msgspec
import psycopg
from msgspec.structs import astuple
from psycopg import sql

from loaders.documents import Document
from loaders.formats import Context, Format
from loaders.reading import outcomes
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

PROGRESS_ROWS = 5_000
SEND_BYTES = 64 * 1024  # of interactions
FLUSH_BYTES = 8 * 1024 * 1024  # of other rows, that wait
COPY_BYTES = 8 * 1024 * 1024  # in one COPY: an error of the server shows at its end

_encode = msgspec.json.Encoder().encode
_encode_into = msgspec.json.Encoder().encode_into


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
    """Where records of one class go: its columns, and which of them are JSON."""

    name: str
    columns: tuple[str, ...]
    json: tuple[int, ...] = ()  # places in a row

    @property
    def statement(self) -> sql.Composed:
        """The COPY that takes rows of it, as `_csv` writes them."""
        return sql.SQL(
            "copy raw.{} ({}) from stdin (format csv, escape '\\', null 'null')"
        ).format(
            sql.Identifier(self.name), sql.SQL(", ").join(map(sql.Identifier, self.columns))
        )


_KEYS = ("load_id", "line_no", "workspace_id")


def _table(name: str, record: type[Record], *json: str) -> Table:
    """The table of a record: its fields are the columns."""
    columns = _KEYS + record.__struct_fields__
    return Table(name, columns, tuple(map(columns.index, json)))


TABLES: dict[type[Record], Table] = {
    Interaction: _table("interactions", Interaction, "metadata", "payload"),
    Profile: _table("profiles", Profile),
    Post: _table("posts", Post),
    Counter: _table("counters", Counter),
    Content: _table("content", Content, "posts", "tags"),
}

_INTERACTIONS = TABLES[Interaction]
_REJECTS = Table(
    "rejects",
    (
        "load_id",
        "line_no",
        "byte_offset",
        "byte_count",
        "is_cut",
        "raw",
        "document",
        "document_offset",
        "reason",
        "detail",
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
            for n_in, outcome in enumerate(outcomes(document, fmt, context), 1):
                writer.add(outcome)
                if type(outcome) is Rejected:
                    tally[outcome.reason] += 1
                if n_in % PROGRESS_ROWS == 0 and on_progress is not None:
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
    """Rows by table, written by COPY.

    Nearly all rows are interactions: their COPY stays open while the next records are read,
    so that the server works meanwhile. Rows of other tables wait until there are enough.
    Leaving it without an error writes everything that waits.
    """

    def __init__(self, connection: psycopg.Connection, load_id: int, workspace: str) -> None:
        self._connection = connection
        self._load_id = load_id
        self._workspace = workspace
        self._open = ExitStack()
        self._copy: psycopg.Copy | None = None  # of interactions
        self._sent = 0  # bytes, by the open COPY
        self._interactions = bytearray()
        self._others: dict[str, bytearray] = {}
        self._waiting = 0  # bytes of other rows

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
            if self._interactions:
                self._send()
            self._flush()

    def add(self, outcome: Outcome) -> None:
        """Take what one native record came to."""
        if type(outcome) is Landed:
            for record in outcome.records:
                table = TABLES[type(record)]
                row = [self._load_id, outcome.line_no, self._workspace, *astuple(record)]
                for place in table.json:
                    if (value := row[place]) is not None:
                        row[place] = _json(value)
                if table is _INTERACTIONS:
                    _append(self._interactions, row)
                    if len(self._interactions) >= SEND_BYTES:
                        self._send()
                else:
                    self._wait(table, row)
        elif type(outcome) is Rejected:
            self._wait(_REJECTS, _reject(self._load_id, outcome))

    def _wait(self, table: Table, row: list[Any]) -> None:
        rows = self._others.setdefault(table.name, bytearray())
        before = len(rows)
        _append(rows, row)
        self._waiting += len(rows) - before
        if self._waiting >= FLUSH_BYTES:
            self._flush()

    def _send(self) -> None:
        """Give interactions to their COPY, which stays open."""
        if self._copy is None:
            self._copy = self._open.enter_context(self._copying(_INTERACTIONS))
        self._copy.write(_csv(self._interactions))
        self._sent += len(self._interactions)
        self._interactions.clear()
        if self._sent >= COPY_BYTES:
            self._flush()

    def _flush(self) -> None:
        """End the open COPY and write everything that waits."""
        self._open.close()
        self._copy = None
        for table in (*TABLES.values(), _REJECTS):
            if rows := self._others.pop(table.name, None):
                with self._copying(table) as copy:
                    copy.write(_csv(rows))
        self._sent = self._waiting = 0

    @contextmanager
    def _copying(self, table: Table) -> Iterator[psycopg.Copy]:
        with (
            self._connection.cursor() as cursor,
            cursor.copy(table.statement) as copy,
        ):
            yield copy


# Rows go over as JSON arrays without their brackets, for COPY to read as CSV: written in C,
# they cost a third of what psycopg needs for a row of 21 values. But for the escapes of
# control characters the two are the same.

_CONTROL = re.compile(rb"\\(?:([bfnrt])|u00([01][0-9a-f]))")
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


_SPACE, _LINE_END = b" \n"


def _append(rows: bytearray, row: list[Any]) -> None:
    """Write a row behind others; it begins with a number, which may follow a space."""
    start = len(rows)
    _encode_into(row, rows, start)
    rows[start] = _SPACE
    rows[-1] = _LINE_END


def _csv(rows: bytearray) -> bytes | bytearray:
    """Rows with control characters as themselves, which JSON escapes and CSV does not."""
    if _CONTROL.search(rows) is None:
        return rows
    alone = rows.replace(rb"\\", b"\0")  # no other byte of JSON is NUL
    return _CONTROL.sub(_character, alone).replace(b"\0", rb"\\")


def _character(escape: re.Match[bytes]) -> bytes:
    return _LETTERS[escape[1]] if escape[1] else bytes.fromhex(escape[2].decode())


def _json(value: Any) -> str:
    return (value if type(value) is bytes else _encode(value)).decode()


def _bytea(value: bytes | None) -> str | None:
    return None if value is None else "\\x" + value.hex()


def _reject(load_id: int, rejected: Rejected) -> list[Any]:
    return [
        load_id,
        rejected.line_no,
        rejected.byte_offset,
        rejected.byte_count,
        rejected.is_cut,
        _bytea(rejected.raw),
        _bytea(rejected.document),
        rejected.document_offset,
        str(rejected.reason),
        rejected.detail,
    ]
