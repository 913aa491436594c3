"""The rows of a Parquet file as NDJSON, of the extra `parquet`.

Source: a Parquet file, read by pyarrow, some rows at a time.
Shape:  a JSON object per row. Times keep their zone; others have none, and the map says which.
        Decimals keep their digits, maps are objects, UTF-8 bytes are text, and NaN is null.
Units:  times to the microsecond; a date has no clock.
Errors: DocumentError for a damaged file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from loaders.reading.documents import Document, DocumentError

if TYPE_CHECKING:
    import pyarrow

ROWS = 1_000
BUFFER_BYTES = 1024 * 1024  # of each column


def _plain(value: Any) -> Any:
    """What JSON has no type for, as text."""
    return str(value)


_encode = msgspec.json.Encoder(enc_hook=_plain, decimal_format="number").encode


def lines(document: Document) -> Iterator[bytes]:
    """Yield the rows, some at a time."""
    import pyarrow as pa  # noqa: PLC0415 (an extra)
    from pyarrow import parquet  # noqa: PLC0415 (an extra)

    assert document.descriptor is not None
    try:
        with os.fdopen(os.dup(document.descriptor), "rb") as file:
            opened = parquet.ParquetFile(file, buffer_size=BUFFER_BYTES, pre_buffer=False)
            for batch in opened.iter_batches(ROWS):
                columns = [_readable(column, pa) for column in batch.columns]
                rows = pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
                told = rows.to_pylist(maps_as_pydicts="lossy")
                yield b"".join(_encode(row) + b"\n" for row in told)
    except (pa.ArrowException, OSError, ValueError, UnicodeDecodeError) as error:
        said = str(error).strip().split("\n")[0].rstrip(".")
        raise DocumentError(
            f"{document.name}: the Parquet file is damaged or not complete: {said}"
        ) from error


def _readable(column: pyarrow.Array, pa: Any) -> pyarrow.Array:
    """Return a column whose values have a form in JSON."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return column.cast(pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_time64(kind) and kind.unit == "ns":
        return column.cast(pa.time64("us"), safe=False)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        try:
            return column.cast(pa.string())
        except pa.ArrowInvalid:
            return column  # base64
    return column
