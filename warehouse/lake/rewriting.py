"""The raw files of a lake without people who were erased, file by file.

Source: the Parquet files of a lake; what was erased in a workspace (`Forgotten`).
Shape:  a file that concerns them is written again and takes the place of the old one in one
        step; one without rows goes. `remains` says what becomes of a row, as in PostgreSQL.
Units:  counts of rows that were changed or removed, by table.
Errors: those of the file system. Begun again, it finds what is left. Nobody else may use the
        lake.

Labels come before the texts that they are of: the old texts say which labels move, so a kill in
between loses none.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loaders.landing.writing import INTERACTIONS
from loaders.privacy.forgetting import Forgotten
from warehouse.lake.files import Draft, keep_names
from warehouse.lake.layout import (
    DOCUMENTS,
    EXPORTED,
    LOADS,
    OF_THE_LAKE,
    TABLES,
    Lake,
    arrow_schema,
    columns,
    is_key,
    read,
)
from warehouse.lake.manifests import name_of
from warehouse.lake.questions import decode, encode
from warehouse.privacy import remains
from warehouse.privacy.columns import Column, holds
from warehouse.privacy.remains import Label, Row

if TYPE_CHECKING:
    import pyarrow

BATCH_ROWS = 20_000
LABELS = "labels"
WORKSPACE, LOAD = "workspace_id", "load_id"


def rewrite(
    lake: Lake, workspace: str, forgotten: Forgotten, *, is_dry: bool = False
) -> dict[str, int]:
    """Rewrite all raw tables for a workspace; `is_dry` only counts."""
    loads = read(lake, LOADS, LOAD, WORKSPACE).to_pylist()
    of_workspace = {row[LOAD] for row in loads if row[WORKSPACE] == workspace}

    def is_concerned(row: Row) -> bool:
        if WORKSPACE in row:
            return bool(row[WORKSPACE] == workspace)
        return LOAD not in row or row[LOAD] in of_workspace

    moved = _moved(lake, is_concerned, forgotten) if lake.files(LABELS) else {}
    counts = {}
    for table in (LABELS, *(name for name in TABLES if name != LABELS)):
        of_person = held(table)
        if not of_person or table in OF_THE_LAKE:
            continue
        after = partial(_after, table, of_person, moved, forgotten)
        count = sum(
            _rewrite(file, table, of_person, is_concerned, after, is_dry=is_dry)
            for file in lake.files(table)
        )
        if count:
            counts[f"raw.{table}"] = count
    if not is_dry:
        _name_manifests(lake)
    return counts


def _after(
    table: str,
    of_person: list[Column],
    moved: Mapping[Label, str],
    forgotten: Forgotten,
    row: Row,
) -> dict[str, Any] | None:
    """Return what remains of a row of a table; None where it goes."""
    found = remains.of_row(table, of_person, row, forgotten)
    if found is not None and table == LABELS:
        label = row["platform"], row["native_id"], row["text_fingerprint"]
        found["text_fingerprint"] = moved.get(label, row["text_fingerprint"])
    return found


def held(table: str) -> list[Column]:
    """Return the columns of a table that can hold a person."""
    found = []
    for name, kind in columns(table).items():
        said = holds("raw", table, name)
        if kind in ("string", "binary") and said not in (None, "nothing"):
            assert said is not None
            found.append(Column(name, "uuid" if is_key(table, name) else kind, said))
    return found


def _moved(
    lake: Lake, is_concerned: Callable[[Row], bool], forgotten: Forgotten
) -> dict[Label, str]:
    """Return the fingerprints of the texts of others that will change."""
    of_person = held(INTERACTIONS.name)
    found = {}
    for file in lake.files(INTERACTIONS.name):
        for batch in _batches(file, INTERACTIONS.name):
            for _, row in _rows(batch, INTERACTIONS.name, of_person):
                if not is_concerned(row) or row["text"] is None:
                    continue
                after = remains.of_row(INTERACTIONS.name, of_person, row, forgotten)
                if after is not None and (label := remains.relabelled(row, after)):
                    found[label[0]] = label[1]
    return found


def _rewrite(
    file: Path,
    table: str,
    of_person: list[Column],
    is_concerned: Callable[[Row], bool],
    after: Callable[[Row], Mapping[str, Any] | None],
    *,
    is_dry: bool,
) -> int:
    """Rewrite one file where it concerns somebody; return how many rows changed or went."""
    count = 0
    with Draft(file, arrow_schema(table)) as draft:
        for batch in _batches(file, table):
            changed: dict[int, Mapping[str, Any]] = {}
            gone: set[int] = set()
            for number, row in _rows(batch, table, of_person):
                if not is_concerned(row):
                    continue
                found = after(row)
                if found is None:
                    gone.add(number)
                elif any(found[column.name] != row[column.name] for column in of_person):
                    changed[number] = found
            count += len(changed) + len(gone)
            if not is_dry:
                draft.add(_replaced(batch, table, of_person, changed, gone))
        if count and not is_dry:
            draft.close()
            if draft.row_count:
                draft.name()
            else:
                file.unlink()
            keep_names(file.parent)
    return count


def _batches(file: Path, table: str) -> Iterator[pyarrow.Table]:
    import pyarrow  # noqa: PLC0415 (an extra)
    import pyarrow.dataset  # noqa: PLC0415 (an extra)

    found = pyarrow.dataset.dataset([str(file)], arrow_schema(table), format="parquet")
    for batch in found.to_batches(batch_size=BATCH_ROWS):
        yield pyarrow.Table.from_batches([batch])


def _rows(
    batch: pyarrow.Table, table: str, of_person: list[Column]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the numbers of a batch's rows with the values of what can hold a person."""
    also = [name for name in (WORKSPACE, "platform", LOAD) if name in columns(table)]
    wanted = [*dict.fromkeys([*(column.name for column in of_person), *also])]
    readable = {column.name: _readable(column) for column in of_person}
    for number, row in enumerate(batch.select(wanted).to_pylist()):
        for name, told in readable.items():
            if told is not None and row[name] is not None:
                row[name] = told(row[name])
        yield number, row


def _readable(column: Column) -> Callable[[str], Any] | None:
    """Return what makes values of Python of a column's, where they are not."""
    if column.type == "uuid":
        return uuid.UUID
    return decode if column.name in DOCUMENTS else None


def _written(column: Column, value: Any) -> Any:
    """Return a value as the file has it."""
    if value is None:
        return None
    if column.type == "uuid":
        return str(value)
    return encode(value).decode() if column.name in DOCUMENTS else value


def _replaced(
    batch: pyarrow.Table,
    table: str,
    of_person: list[Column],
    changed: Mapping[int, Mapping[str, Any]],
    gone: set[int],
) -> pyarrow.Table:
    """Return a batch with the rows that changed, without those that go."""
    import pyarrow  # noqa: PLC0415 (an extra)

    for column in of_person if changed else ():
        values = batch[column.name].to_pylist()
        for number, row in changed.items():
            values[number] = _written(column, row[column.name])
        place = batch.schema.get_field_index(column.name)
        field = arrow_schema(table).field(column.name)
        batch = batch.set_column(place, field, pyarrow.array(values, field.type))
    if not gone:
        return batch
    stays = [number not in gone for number in range(batch.num_rows)]
    return batch.filter(pyarrow.array(stays, pyarrow.bool_()))


def _name_manifests(lake: Lake) -> None:
    """Name the file of each load by what is in it now: its former name was a hash of more."""
    import pyarrow.parquet  # noqa: PLC0415 (an extra)

    for file in lake.files(LOADS):
        if file.stem == EXPORTED:
            continue
        rows = pyarrow.parquet.read_table(file, schema=arrow_schema(LOADS)).to_pylist()
        named = file.with_name(f"{name_of(rows[0])}.parquet")
        if named != file:
            file.rename(named)
    keep_names(lake.table(LOADS))
