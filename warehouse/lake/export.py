"""The raw schema of a PostgreSQL warehouse as Parquet files.

Source: one snapshot of `raw`; run numbers are kept.
Shape:  files of consecutive loads, `loads` and `runs` last: before them nothing counts.
Units:  a file holds the rows of about RECORDS_PER_FILE delivered records, or of one load.
Errors: WarehouseError where the folder holds a lake already, an erasure has not ended, or
        pyarrow is missing.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
from psycopg import sql

from warehouse.errors import WarehouseError
from warehouse.lake import erasures, extra, locks
from warehouse.lake.files import as_declared
from warehouse.lake.layout import (
    DELIVERED,
    EXPORTED,
    LOADS,
    RUNS,
    SAID,
    Lake,
    arrow_schema,
    columns,
)
from warehouse.privacy import erased

if TYPE_CHECKING:
    import pyarrow

RECORDS_PER_FILE = 1_000_000
_BLOCK_BYTES = 64 * 1024 * 1024  # no row is longer


class Exported(msgspec.Struct, frozen=True):
    """What an export wrote."""

    load_count: int
    row_count: int
    byte_count: int


def export(
    session: psycopg.Connection,
    folder: str | Path,
    on_step: Callable[[str, int, int], None] | None = None,
) -> Exported:
    """Write everything that has landed to a folder that holds no lake yet.

    What an interrupted export has left there is replaced.
    """
    extra.require("pyarrow")
    erased.check(session)
    lake = Lake(folder)
    with locks.alone(lake):
        if lake.has_loads():
            raise WarehouseError(
                f"{lake.folder} holds a lake already; name another folder, or delete this one."
            )
        for place in (lake.raw, lake.folder / erasures.FOLDER):
            shutil.rmtree(place, ignore_errors=True)
        (lake.folder / erasures.IDENTITY).unlink(missing_ok=True)
        return _export(session, lake, on_step)


def _export(
    session: psycopg.Connection, lake: Lake, on_step: Callable[[str, int, int], None] | None
) -> Exported:
    rows = 0
    with session.transaction():
        session.execute("set transaction isolation level repeatable read read only")
        erasures.name_as(lake, erased.identity(session))
        for told in _erasures(session):
            erasures.write(lake, told)
        spans = list(_spans(session))
        steps = [
            *((table, span) for table in DELIVERED for span in spans),
            *((table, None) for table in (*SAID, LOADS, RUNS)),
        ]
        for number, (table, span) in enumerate(steps, 1):
            rows += _write(session, lake, table, span)
            if on_step is not None:
                on_step(table, number, len(steps))
        row = session.execute("select count(*) from raw.loads").fetchone()
    assert row is not None
    files = lake.raw.rglob("*.parquet")
    return Exported(row[0], rows, sum(file.stat().st_size for file in files))


def _erasures(session: psycopg.Connection) -> Iterator[erasures.Recorded]:
    """Yield who was erased, as hashes: a lake keeps them out as PostgreSQL does."""
    warehouse = erased.identity(session)
    for request_id, workspace, account, told, *said in session.execute(
        "select request_id, workspace_id, account_hash, row_counts, reason, requested_by,"
        " requested_at, finished_at from raw.privacy_requests where request_kind = 'erase'"
        " order by request_id"
    ).fetchall():
        values = session.execute(
            "select value_kind, value_hash, piece_count from raw.erased_values"
            " where request_id = %s",
            (request_id,),
        )
        erasure = erased.Erasure(
            warehouse=warehouse,
            workspace=workspace,
            key_check=told.pop("key_check"),
            account=account.hex(),
            values=tuple(
                erased.Value(kind, found.hex(), count) for kind, found, count in values
            ),
        )
        reason, requested_by, requested_at, finished_at = said
        yield erasures.Recorded(
            erasure=erasure,
            reason=reason,
            requested_by=requested_by,
            requested_at=requested_at,
            finished_at=finished_at,
            row_counts=told,
        )


def _spans(session: psycopg.Connection) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of consecutive loads that share a file."""
    first: int | None = None
    last = records = 0
    for load_id, n_in in session.execute("select load_id, n_in from raw.loads order by 1"):
        if first is not None and records + n_in > RECORDS_PER_FILE:
            yield first, last
            first, records = None, 0
        first = load_id if first is None else first
        last, records = load_id, records + n_in
    if first is not None:
        yield first, last


def _write(
    session: psycopg.Connection, lake: Lake, table: str, span: tuple[int, int] | None
) -> int:
    """Write the rows of a table, of some loads or all; return how many there are."""
    import pyarrow.parquet  # noqa: PLC0415 (an extra)

    lake.table(table).mkdir(parents=True, exist_ok=True)
    name = "loads-{:012d}-{:012d}".format(*span) if span else EXPORTED
    file = lake.table(table) / f"{name}.parquet"
    draft = file.with_name(f".{file.name}")
    schema = arrow_schema(table)
    count = 0
    with pyarrow.parquet.ParquetWriter(draft, schema, compression="zstd") as writer:
        for batch in _batches(session, table, span, schema):
            count += batch.num_rows
            writer.write_batch(batch)
    if count or table in (LOADS, RUNS):
        draft.replace(file)
    else:
        draft.unlink()
    return count


def _batches(
    session: psycopg.Connection,
    table: str,
    span: tuple[int, int] | None,
    schema: pyarrow.Schema,
) -> Iterator[pyarrow.RecordBatch]:
    """Yield the rows as PostgreSQL writes them, in CSV, which pyarrow reads fast."""
    import pyarrow.csv  # noqa: PLC0415 (an extra)

    statement = _statement(table, span)
    with session.cursor() as cursor, cursor.copy(statement) as copy:
        stream = io.BufferedReader(_Copied(copy), _BLOCK_BYTES)
        if not stream.peek(1):
            return
        texts = {field.name for field in schema if str(field.type) in ("string", "binary")}
        reader = pyarrow.csv.open_csv(
            stream,
            read_options=pyarrow.csv.ReadOptions(
                column_names=schema.names, block_size=_BLOCK_BYTES
            ),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={
                    field.name: pyarrow.string() if field.name in texts else field.type
                    for field in schema
                },
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        )
        for batch in reader:
            yield pyarrow.RecordBatch.from_arrays(
                [as_declared(batch[field.name], field.type) for field in schema], schema=schema
            )


def _statement(table: str, span: tuple[int, int] | None) -> sql.Composed:
    """Return the COPY that reads a table, of some loads or all."""
    source = table
    condition: sql.Composable = sql.SQL("true")
    if table == RUNS:
        source, condition = LOADS, sql.SQL("run_seq is not null")
    if span is not None:
        condition = sql.SQL("load_id between {} and {}").format(*span)
    return sql.SQL(
        "copy (select {} from raw.{} where {} order by 1) to stdout (format csv)"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, columns(table))),
        sql.Identifier(source),
        condition,
    )


class _Copied(io.RawIOBase):
    """What a COPY sends, as a stream."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Return true."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a part of the buffer; 0 at the end."""
        if not self._rest:
            self._rest = memoryview(self._copy.read())
        count = min(len(self._rest), len(buffer))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
