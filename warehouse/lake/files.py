"""Parquet files of raw rows, readable only when they are whole.

Source: rows in the words of COPY, as `loaders.landing.writing` writes them, or tables of Arrow.
Shape:  a `Draft` is a file whose name begins with a dot, which no reader sees.
Units:  a row group holds about ROW_GROUP_BYTES in memory.
Errors: those of the file system.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from loaders.landing.writing import Table
from warehouse.lake.layout import arrow_schema

if TYPE_CHECKING:
    import pyarrow

ROW_GROUP_BYTES = 16 * 1024 * 1024
# nearly every value is another one: a dictionary of them makes a file larger
_DIFFERING = frozenset(
    {"line_no", "native_id", "text", "payload", "metadata", "occurred_at", "version_at"}
)


class Draft:
    """A Parquet file that is being written. Leaving it removes what has no name yet."""

    def __init__(self, file: Path, schema: pyarrow.Schema) -> None:
        import pyarrow.parquet  # noqa: PLC0415 (an extra)

        file.parent.mkdir(parents=True, exist_ok=True)
        self.file = file
        self.path = file.with_name(f".{file.name}")
        self.row_count = 0
        self._schema = schema
        self._waiting: list[pyarrow.Table] = []
        self._stream = self.path.open("wb")
        self._writer = pyarrow.parquet.ParquetWriter(
            self._stream,
            schema,
            compression="zstd",
            use_dictionary=[name for name in schema.names if name not in _DIFFERING],
        )

    def add(self, rows: pyarrow.Table) -> None:
        """Take rows; they are written when there are enough of them."""
        self.row_count += rows.num_rows
        self._waiting.append(rows)
        if sum(each.nbytes for each in self._waiting) >= ROW_GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        import pyarrow  # noqa: PLC0415 (an extra)

        if self._waiting:
            self._writer.write_table(pyarrow.concat_tables(self._waiting))
            self._waiting.clear()

    def close(self) -> None:
        """Write everything, also to the disk."""
        if not self._stream.closed:
            self._flush()
            self._writer.close()
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()

    def name(self) -> None:
        """Give the file its name; one without rows is left out."""
        self.close()
        if self.row_count:
            self.path.replace(self.file)

    def remove(self) -> None:
        """Leave nothing of the file."""
        if not self._stream.closed:
            self._writer.close()
            self._stream.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()


def keep_names(folder: Path) -> None:
    """Write a folder's names to the disk, so that a power failure does not undo them."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def parsed(table: Table, rows: bytes | bytearray) -> pyarrow.Table:
    """Return rows of COPY as a table of Arrow, with all columns of the files."""
    import pyarrow.csv  # noqa: PLC0415 (an extra)

    schema = arrow_schema(table.name)
    types = {field.name: _read_as(field.type) for field in schema}
    found = pyarrow.csv.read_csv(
        pyarrow.py_buffer(rows),
        read_options=pyarrow.csv.ReadOptions(
            column_names=list(table.columns), block_size=len(rows) + 1
        ),
        parse_options=pyarrow.csv.ParseOptions(
            double_quote=False, escape_char="\\", newlines_in_values=True
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={name: types[name] for name in table.columns},
            null_values=["null"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["true"],
            false_values=["false"],
        ),
    )
    missing = pyarrow.nulls(found.num_rows)
    named = set(table.columns)
    columns = [
        as_declared(found[field.name], field.type)
        if field.name in named
        else missing.cast(field.type)
        for field in schema
    ]
    return pyarrow.table(columns, schema=schema)


def _read_as(kind: pyarrow.DataType) -> pyarrow.DataType:
    """Return the type of a column of CSV, in which bytes are written as text."""
    import pyarrow  # noqa: PLC0415 (an extra)

    return pyarrow.string() if kind == pyarrow.binary() else kind


def as_declared(values: Any, kind: pyarrow.DataType) -> Any:
    """Return a column's values; bytes are written as \\x and their digits."""
    import pyarrow  # noqa: PLC0415 (an extra)

    if kind != pyarrow.binary():
        return values
    told = (None if text is None else bytes.fromhex(text[2:]) for text in values.to_pylist())
    return pyarrow.array(told, kind)
