"""Places of texts in a fixture: they land as they are, so a hostile text can stand there."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from platform_files import apply, format_of, json_values, landed, prefix_of

from hostile.document import Place
from loaders.parsing.formats import Csv, Format, JsonArray, JsonLists, Lines
from loaders.reading.json_stream import Keys
from loaders.records import Interaction, Record


def record_lists(values: list[Any], fmt: Format) -> Iterator[list[Any]]:
    """Yield the lists of records in the documents of a fixture."""
    container = fmt.container
    if isinstance(container, Lines):
        yield values
    elif isinstance(container, JsonLists):
        for value in values:
            yield from (found for keys, found in _within(value) if container.is_wanted(keys))
    elif isinstance(container, JsonArray) and container.inside:
        assert container.key is not None
        for value in values:
            for keys, wrapped in _within(value):
                if keys in container.inside:
                    yield from (one[container.key] for one in wrapped)
    elif isinstance(container, JsonArray):
        for value in values:
            found = value
            if container.key is not None:
                if isinstance(value, list):
                    yield from (one[container.key] for one in value)
                    continue
                found = value.get(container.key)
            if isinstance(found, list):
                yield found


def _within(value: Any, keys: Keys = ()) -> Iterator[tuple[Keys, list[Any]]]:
    if isinstance(value, list):
        yield keys, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _within(item, (*keys, key))


@cache
def text_places(path: Path) -> frozenset[Place]:
    """Return where a fixture has texts that land unchanged: a record's number, then keys.

    Found by putting others there: some places only happen to say the same as a text.
    """
    content, fmt = path.read_bytes(), format_of(path)
    texts = texts_of(landed(apply(content, fmt, name=path.name)))
    found: list[tuple[Any, Any, Place]]
    if isinstance(fmt.container, Csv):
        columns, rows = csv_rows(content, fmt.container)
        found = [
            (row, place, (number, place))
            for number, row in enumerate(rows)
            for place, cell in enumerate(row[: len(columns)])
            if cell in texts
        ]
    else:
        values = json_values(content.removeprefix(prefix_of(content, fmt)), fmt)
        items = [item for one in list(record_lists(values, fmt)) or [values] for item in one]
        found = [
            slot
            for number, item in enumerate(items)
            for slot in slots_of(item, (number,))
            if isinstance(slot[0][slot[1]], str) and slot[0][slot[1]] in texts
        ]
    probes = {}
    for number, (holder, key, keys) in enumerate(found):
        holder[key] = f"T{number}T"
        probes[holder[key]] = keys
    if isinstance(fmt.container, Csv):
        first = [] if fmt.container.columns else [content.splitlines()[0]]
        cells = [[csv_cell(cell.encode(), fmt.container) for cell in row] for row in rows]
        content = joined([*first, *map(fmt.container.delimiter.encode().join, cells)])
    else:
        content = prefix_of(content, fmt) + joined(
            [json.dumps(value).encode() for value in values]
        )
    texts = texts_of(landed(apply(content, fmt, name=path.name)))
    return frozenset(keys for probe, keys in probes.items() if probe in texts)


def texts_of(records: list[Record]) -> set[str]:
    """Return the texts of interactions; where text and account are unclear, both."""
    told = [record for record in records if isinstance(record, Interaction)]
    unclear = [(record.metadata or {}).get("values") for record in told]
    found = {
        value for values in unclear if isinstance(values, dict) for value in values.values()
    }
    return found | {record.text for record in told if record.text}


def joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def slots_of(value: Any, keys: Place = ()) -> Iterator[tuple[Any, Any, Place]]:
    """Yield every value within a value, with its container, its key and the keys to it."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for key, item in inner:
        yield value, key, (*keys, key)
        yield from slots_of(item, (*keys, key))


def csv_rows(content: bytes, container: Csv) -> tuple[list[str], list[list[str]]]:
    """Return the columns of a CSV fixture and its rows."""
    escape = "\\" if container.quoting == "backslash" else None
    rows = csv.reader(
        io.StringIO(content.decode("utf-8-sig"), newline=""),
        delimiter=container.delimiter,
        escapechar=escape,
        quoting=csv.QUOTE_NONE if container.quoting == "none" else csv.QUOTE_MINIMAL,
    )
    found = [row for row in rows if row]
    columns = list(container.columns) or found.pop(0)
    return columns, found


def csv_cell(cell: bytes, container: Csv) -> bytes:
    if container.quoting == "none":
        return re.sub(rb"[\t\r\n]", b" ", cell)
    if container.quoting == "backslash":
        return b'"' + cell.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return b'"' + cell.replace(b'"', b'""') + b'"'
