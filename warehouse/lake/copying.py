"""Rows of Parquet files for PostgreSQL's COPY.

Source: a folder of Parquet files that Spark has written, or batches of Arrow.
Shape:  CSV without a header; lists as PostgreSQL writes arrays.
Units:  instants in UTC; numbers without the zeros that a decimal type adds.
Errors: those of the database and of the file system.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    import pyarrow

RECEIVED = "received_at"


def rows_of(
    folder: Path, columns: Sequence[str], of_time: str | None, since: str | None
) -> Iterator[pyarrow.RecordBatch]:
    """Yield the rows of a relation; with a column of times those since a day or an instant."""
    import pyarrow.compute  # noqa: PLC0415 (an extra)
    import pyarrow.dataset  # noqa: PLC0415 (an extra)

    files = sorted(str(file) for file in folder.glob("*.parquet") if file.name[0] not in "._")
    condition = None
    if of_time is not None and since is not None:
        first = datetime.fromisoformat(since)
        first = first if first.tzinfo else first.replace(tzinfo=UTC)
        at = pyarrow.compute.coalesce(
            pyarrow.dataset.field(of_time), pyarrow.dataset.field(RECEIVED)
        )
        condition = at >= pyarrow.scalar(first, pyarrow.timestamp("us", tz="UTC"))
    yield from pyarrow.dataset.dataset(files, format="parquet").to_batches(
        columns=list(columns), filter=condition
    )


def copy(
    session: psycopg.Connection,
    table: sql.Composable,
    columns: Sequence[str],
    batches: Iterable[pyarrow.RecordBatch],
    types: Mapping[str, str],
) -> int:
    """Copy rows to a table; return how many there are. `types` are PostgreSQL's."""
    import pyarrow.csv  # noqa: PLC0415 (an extra)

    options = pyarrow.csv.WriteOptions(include_header=False)
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
        table, sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    count = 0
    with session.cursor() as cursor, cursor.copy(statement) as sent:
        for batch in batches:
            if not batch.num_rows:
                continue
            told = [_told(batch.column(name), types.get(name, "")) for name in columns]
            rows = pyarrow.record_batch(told, names=list(columns))
            stream = io.BytesIO()
            pyarrow.csv.write_csv(rows, stream, options)
            sent.write(stream.getvalue())
            count += batch.num_rows
    return count


def _told(values: Any, kind: str) -> Any:
    """Return a column as PostgreSQL reads it."""
    import pyarrow  # noqa: PLC0415 (an extra)
    import pyarrow.compute  # noqa: PLC0415 (an extra)

    is_of = pyarrow.types
    if is_of.is_decimal(values.type) and values.type.scale > 0:
        digits = pyarrow.compute.utf8_rtrim(values.cast(pyarrow.string()), "0")
        return pyarrow.compute.utf8_rtrim(digits, ".")
    if is_of.is_binary(values.type):
        texts: Iterable[str | None] = (
            None if value is None else f"\\x{value.hex()}" for value in values.to_pylist()
        )
    elif is_of.is_list(values.type):
        texts = (None if value is None else _array(value) for value in values.to_pylist())
    elif is_of.is_floating(values.type) and kind in ("integer", "bigint"):
        return values.cast(pyarrow.int64())
    else:
        return values
    return pyarrow.array(texts, pyarrow.string())


def _array(values: Iterable[Any]) -> str:
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "null"
    told = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
    escaped = told.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
