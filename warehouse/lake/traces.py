"""Traces of given values in a lake: in every column of every Parquet file, and in all others.

Source: the folder of a lake: raw files, builds, files that are being written, records.
Shape:  a `Trace` per file and column that holds one of the values.
Units:  as in a database: upper and lower case are the same, and a value of fewer than five
        characters counts where it is a whole value.
Errors: those of the file system.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.lake.layout import Lake
from warehouse.privacy import traces
from warehouse.privacy.traces import SHORTEST, Trace

if TYPE_CHECKING:
    import pyarrow

PARQUET = b"PAR1"


def find(lake: Lake, values: Sequence[str]) -> list[Trace]:
    """Return every place of a lake that holds one of the values."""
    found = traces.in_files(lake.folder, values)  # names, and what is no Parquet
    for path in sorted(lake.folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and _is_parquet(path):
            found += _in_parquet(path, values)
    return found


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(PARQUET)) == PARQUET


def _in_parquet(path: Path, values: Sequence[str]) -> Iterator[Trace]:
    """Yield the columns of a file that hold one of the values."""
    import pyarrow.parquet  # noqa: PLC0415 (an extra)

    try:
        file = pyarrow.parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid:  # it was never finished: its bytes were looked at
        return
    counts = dict.fromkeys(file.schema_arrow.names, 0)
    for batch in file.iter_batches():
        for name in counts:
            counts[name] += _count(batch.column(name), values)
    for name, count in counts.items():
        if count:
            yield Trace(f"{path}, {name}", count)


def _count(column: pyarrow.Array, values: Sequence[str]) -> int:
    """Return how many values of a column, or of the lists and records in it, hold one."""
    import pyarrow  # noqa: PLC0415 (an extra)
    import pyarrow.compute  # noqa: PLC0415 (an extra)

    kind = column.type
    if pyarrow.types.is_nested(kind):
        return sum(_count(each, values) for each in _within(column))
    if pyarrow.types.is_binary(kind):
        column = pyarrow.array(map(_text, column.to_pylist()), pyarrow.string())
    elif not pyarrow.types.is_string(kind):
        return 0
    lowered = pyarrow.compute.utf8_lower(column)
    wanted = [value.lower() for value in values]
    held: Any = pyarrow.compute.is_in(lowered, pyarrow.array(wanted))
    for value in {form for each in wanted if len(each) >= SHORTEST for form in _forms(each)}:
        held = pyarrow.compute.or_kleene(held, pyarrow.compute.match_substring(lowered, value))
    return int(pyarrow.compute.sum(held).as_py() or 0)


def _within(column: Any) -> list[Any]:
    """Return what a column of lists or records is made of."""
    import pyarrow  # noqa: PLC0415 (an extra)

    if pyarrow.types.is_map(column.type):
        return [column.keys, column.items]
    found = column.flatten()
    return found if isinstance(found, list) else [found]


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


def _forms(value: str) -> tuple[str, str]:
    """Return a value as it stands in a text, and in JSON within a text."""
    return value, value.replace("\\", "\\\\").replace('"', '\\"')
