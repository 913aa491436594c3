"""Traces of given values: in every stored relation, and in every file of the state folder.

Source: the database's catalogue; the state folder, without the database's own files.
Shape:  a `Trace` per column or file that holds one of the values, with how many rows or
        places; none where nothing is left.
Units:  upper and lower case are the same. A value of fewer than five characters counts where it
        is a whole value of a column, for it is also a part of many words.
Errors: those of the database and of the file system.

Every column is looked at, also those that the list says hold nothing of a person: a
verification that trusted the list could not find its faults.
"""

from __future__ import annotations

import mmap
import re
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from warehouse.errors import USAGE, WarehouseError
from warehouse.privacy import columns, export
from warehouse.privacy.columns import Column, Relation

SHORTEST = 5  # characters of a value that is looked for within others
AT_A_TIME = 200  # values in one regular expression
DATABASE_FOLDER = "postgres"  # what it holds is looked at through the tables

_SPECIAL = re.compile(r"([^\w\s])")


@dataclass(frozen=True)
class Trace:
    """A place that holds a value: a column, with its rows, or a file, with its places."""

    place: str
    count: int


def read_values(path: Path) -> list[str]:
    """Return the values of a file, one a line, or of an archive that an export made.

    Errors: WarehouseError where there is none.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            text = archive.read(export.VALUES).decode("utf-8")
    else:
        text = path.read_text("utf-8")
    values = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not values:
        raise WarehouseError(f"{path} has no value to look for; write one per line.", USAGE)
    return values


def find(session: psycopg.Connection, home: Path, values: Sequence[str]) -> list[Trace]:
    """Return every place that holds one of the values."""
    return [*in_database(session, values), *in_files(home, values)]


def in_database(session: psycopg.Connection, values: Sequence[str]) -> list[Trace]:
    """Return the columns that hold one of the values."""
    found: list[Trace] = []
    for relation in columns.relations(session, with_builds=True):
        if relation.is_stored:
            found += _in_relation(session, relation, values)
    return found


def _in_relation(
    session: psycopg.Connection, relation: Relation, values: Sequence[str]
) -> Iterator[Trace]:
    """Yield the columns of a relation that hold one of the values."""
    conditions = [_condition(column, values) for column in relation.columns]
    counted = [
        sql.SQL("count(*) filter (where {})").format(condition) for condition in conditions
    ]
    row = session.execute(
        sql.SQL("select {} from {} as found where {}").format(
            sql.SQL(", ").join(counted),
            sql.Identifier(relation.place, relation.name),
            sql.SQL(" or ").join(conditions),
        )
    ).fetchone()
    assert row is not None
    for column, count in zip(relation.columns, row, strict=True):
        if count:
            yield Trace(f"{relation.place}.{relation.name}.{column.name}", count)


def _condition(column: Column, values: Sequence[str]) -> sql.Composable:
    """Return the condition that a column holds one of the values."""
    name = sql.Identifier(column.name)
    if column.type == "uuid":
        keys = [key for value in values if (key := _uuid(value)) is not None]
        return sql.SQL("{} = any({}::uuid[])").format(name, sql.Literal(keys))
    is_bytes = column.type == "bytea"
    text = sql.SQL("lower(encode({}, 'escape'))" if is_bytes else "lower({}::text)").format(
        name
    )
    lowered = [_written(value.lower(), column.type) for value in values]
    either = [sql.SQL("{} = any({}::text[])").format(text, sql.Literal(lowered))]
    long = [value for value in lowered if len(value) >= SHORTEST]
    for start in range(0, len(long), AT_A_TIME):
        pattern = "|".join(_SPECIAL.sub(r"\\\1", value) for value in long[start:][:AT_A_TIME])
        either.append(sql.SQL("{} ~ {}").format(text, sql.Literal(pattern)))
    return sql.SQL("coalesce({}, false)").format(sql.SQL(" or ").join(either))


def _written(value: str, kind: str) -> str:
    """Return a value as it stands in the text of a column of a type."""
    if kind in ("json", "jsonb") or kind.startswith("_"):  # or a list
        return value.replace("\\", "\\\\").replace('"', '\\"')
    if kind == "bytea":
        codes = value.replace("\\", "\\\\").encode("utf-8", "surrogatepass")
        return "".join(chr(code) if code < 128 else f"\\{code:03o}" for code in codes)
    return value


def _uuid(value: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(value)
    except ValueError:
        return None


def in_files(home: Path, values: Sequence[str]) -> list[Trace]:
    """Return the files of the state folder that hold one of the values, by name or content."""
    wanted = [re.escape(value.encode()) for value in values if len(value) >= SHORTEST]
    if not wanted:
        return []
    pattern = re.compile(b"|".join(wanted), re.IGNORECASE)
    found = []
    for path in sorted(home.rglob("*")):
        inside = path.relative_to(home)
        if inside.parts[0] == DATABASE_FOLDER or path.is_symlink():
            continue
        count = len(pattern.findall(str(inside).encode("utf-8", "surrogateescape")))
        if path.is_file() and path.stat().st_size:
            count += _count(path, pattern)
        if count:
            found.append(Trace(str(path), count))
    return found


def _count(path: Path, pattern: re.Pattern[bytes]) -> int:
    with (
        path.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        return sum(1 for _ in pattern.finditer(content))
