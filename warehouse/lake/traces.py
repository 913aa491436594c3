"""Traces of given values in a lake: in every column of every Parquet file, and in all others.

Source: the folder of a lake: raw files, builds, files that are being written, records.
Shape:  a `Trace` per file and column that holds one of the values.
Units:  those of `warehouse.privacy.searching`.
Errors: those of the file system.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.lake.layout import Lake
from warehouse.privacy import traces
from warehouse.privacy.searching import Sought
from warehouse.privacy.traces import Trace

if TYPE_CHECKING:
    import pyarrow

PARQUET = b"PAR1"


def find(lake: Lake, values: Sequence[str]) -> list[Trace]:
    """Return every place of a lake that holds one of the values."""
    found = traces.in_files(lake.folder, values)  # names, and what is no Parquet
    sought = Sought(values)
    for path in sorted(lake.folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and _is_parquet(path):
            found += _in_parquet(path, sought)
    return found


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(PARQUET)) == PARQUET


def _in_parquet(path: Path, sought: Sought) -> Iterator[Trace]:
    """Yield the columns of a file that hold one of the values."""
    import pyarrow.parquet  # noqa: PLC0415 (an extra)

    try:
        file = pyarrow.parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid:  # it was never finished: its bytes were looked at
        return
    counts = dict.fromkeys(file.schema_arrow.names, 0)
    for batch in file.iter_batches():
        for name in counts:
            counts[name] += _count(batch.column(name), sought)
    for name, count in counts.items():
        if count:
            yield Trace(f"{path}, {name}", count)


def _count(column: pyarrow.Array, sought: Sought) -> int:
    """Return how many values of a column, or of the lists and records in it, hold one."""
    import pyarrow  # noqa: PLC0415 (an extra)

    kind = column.type
    if pyarrow.types.is_nested(kind):
        return sum(_count(each, sought) for each in _within(column))
    if not (pyarrow.types.is_binary(kind) or pyarrow.types.is_string(kind)):
        return 0
    return sought.rows([traces.text(value) for value in column.to_pylist() if value])


def _within(column: Any) -> list[Any]:
    """Return what a column of lists or records is made of."""
    import pyarrow  # noqa: PLC0415 (an extra)

    if pyarrow.types.is_map(column.type):
        return [column.keys, column.items]
    found = column.flatten()
    return found if isinstance(found, list) else [found]
