"""Typed records as rows of `raw`, in the words of COPY.

Source: outcomes of one document, while it is being parsed.
Shape:  one table per class of record, and raw.rejects.
Units:  sizes in bytes of rows that wait.
Errors: those of the sink.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec
from msgspec.structs import astuple
from psycopg import sql

from loaders.parsing.times import EPOCH
from loaders.records import (
    Content,
    Counter,
    Identity,
    Interaction,
    Landed,
    Outcome,
    Post,
    Profile,
    Record,
    Rejected,
)

if TYPE_CHECKING:
    from loaders.landing.sinks import Rows, Sink

SEND_BYTES = 64 * 1024  # of interactions
FLUSH_BYTES = 8 * 1024 * 1024  # of other rows, that wait
COPY_BYTES = 8 * 1024 * 1024  # in one COPY: an error of the server shows at its end

_encode = msgspec.json.Encoder().encode
_encode_into = msgspec.json.Encoder().encode_into


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
    Identity: _table("identity_evidence", Identity),
}

INTERACTIONS = TABLES[Interaction]
REJECTS = Table(
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
_METADATA, _PAYLOAD = INTERACTIONS.json


class Writer:
    """Rows by table, written to a sink.

    Nearly all rows are interactions: their COPY stays open while the next records are read,
    so that the server works meanwhile. Rows of other tables wait until there are enough.
    Leaving it without an error writes everything that waits.
    """

    def __init__(
        self,
        sink: Sink,
        load_id: int,
        workspace: str,
        received_at: datetime,
    ) -> None:
        self._sink = sink
        self._load_id = load_id
        self._workspace = workspace
        self._open = ExitStack()
        self._copy: Rows | None = None  # of interactions
        self._sent = 0  # bytes, by the open COPY
        self._interactions = bytearray()
        self._others: dict[str, bytearray] = {}
        self._waiting = 0  # bytes of other rows
        self.newest_at = EPOCH  # of any time in the rows
        self.unnamed_count = 0  # interactions of an exporting account that nothing names
        self._received_at = received_at.astimezone(UTC)  # compared fast with times in UTC

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
                row = [self._load_id, outcome.line_no, self._workspace, *astuple(record)]
                if type(record) is Interaction:
                    if record.metadata is not None:
                        row[_METADATA] = _json(record.metadata)
                    if record.payload is not None:
                        row[_PAYLOAD] = record.payload.decode()
                    if record.actor_id is None and record.actor_kind == "exporter":
                        self.unnamed_count += 1
                    rows = self._interactions
                    _append(rows, row)
                    if len(rows) >= SEND_BYTES:
                        self._send()
                    at = record.version_at or record.occurred_at
                else:
                    table = TABLES[type(record)]
                    for place in table.json:
                        if (value := row[place]) is not None:
                            row[place] = _json(value)
                    self._wait(table, row)
                    at = _time_of(record)
                if at is not None and self.newest_at < at <= self._received_at:
                    self.newest_at = at
        elif type(outcome) is Rejected:
            self._wait(REJECTS, _reject(self._load_id, outcome))

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
            self._copy = self._open.enter_context(self._sink.copying(INTERACTIONS))
        self._copy.write(_csv(self._interactions))
        self._sent += len(self._interactions)
        self._interactions.clear()
        if self._sent >= COPY_BYTES:
            self._flush()

    def _flush(self) -> None:
        """End the open COPY and write everything that waits."""
        self._open.close()
        self._copy = None
        for table in (*TABLES.values(), REJECTS):
            if rows := self._others.pop(table.name, None):
                with self._sink.copying(table) as copy:
                    copy.write(_csv(rows))
        self._sent = self._waiting = 0


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
    return _encode(value).decode()


def _bytea(value: bytes | None) -> str | None:
    return None if value is None else "\\x" + value.hex()


def _time_of(record: Record) -> datetime | None:
    """Return the newest time that a record which is no interaction proves."""
    match record:
        case Post():
            return record.observed_at or record.posted_at
        case Profile() | Counter():
            return record.observed_at
        case _:
            return None


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
