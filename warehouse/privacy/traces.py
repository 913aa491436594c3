"""Traces of given values: in every stored relation, and in every file of the state folder.

Source: the database's catalogue; the state folder, without the database's own files.
Shape:  a `Trace` per column or file that holds one of the values, with how many rows or
        places; none where nothing is left.
Units:  those of `searching`.
Errors: those of the database and of the file system.

Every column is looked at, also those that the list says hold nothing of a person: a
verification that trusted the list could not find its faults.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from warehouse import state
from warehouse.errors import USAGE, WarehouseError
from warehouse.privacy import columns, export
from warehouse.privacy.columns import Column, Relation
from warehouse.privacy.searching import Sought

BATCH = 100  # rows that are looked at together
DATABASE_FOLDER = ("postgres", "data")  # what it holds is looked at through the tables
STATISTICS = "statistics of "

_STATISTICS = """
select
    format('%s.%s.%s', schemaname, tablename, attname),
    most_common_vals::text,
    histogram_bounds::text,
    most_common_elems::text
from pg_stats
where schemaname not in ('pg_catalog', 'information_schema')
"""


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
            said = archive.read(export.VALUES).decode("utf-8")
    else:
        said = path.read_text("utf-8")
    values = list(dict.fromkeys(line.strip() for line in said.splitlines() if line.strip()))
    if not values:
        raise WarehouseError(f"{path} has no value to look for; write one per line.", USAGE)
    return values


def find(session: psycopg.Connection, home: Path, values: Sequence[str]) -> list[Trace]:
    """Return every place that holds one of the values."""
    return [*in_database(session, values), *in_files(home, values)]


def in_database(session: psycopg.Connection, values: Sequence[str]) -> list[Trace]:
    """Return the columns that hold one of the values."""
    found: list[Trace] = []
    sought = Sought(values)
    for relation in columns.everywhere(session):
        if relation.is_stored:
            found += _in_relation(session, relation, sought)
    return [*found, *_in_statistics(session, sought)]


def _in_relation(
    session: psycopg.Connection, relation: Relation, sought: Sought
) -> Iterator[Trace]:
    """Yield the columns of a relation that hold one of the values."""
    statement = sql.SQL("select {} from {}").format(
        sql.SQL(", ").join(map(_shown, relation.columns)),
        sql.Identifier(relation.place, relation.name),
    )
    counts = [0] * len(relation.columns)
    with (
        session.transaction(),
        session.cursor(name="rows_to_search") as cursor,
    ):
        cursor.execute(statement)
        while rows := cursor.fetchmany(BATCH):
            for place, stored in enumerate(zip(*rows, strict=True)):
                counts[place] += sought.rows([text(value) for value in stored if value])
    for column, count in zip(relation.columns, counts, strict=True):
        if count:
            yield Trace(f"{relation.place}.{relation.name}.{column.name}", count)


def _in_statistics(session: psycopg.Connection, sought: Sought) -> Iterator[Trace]:
    """Yield the columns of which PostgreSQL keeps one of the values, to plan questions."""
    for place, *kept in session.execute(_STATISTICS).fetchall():
        if count := sought.rows([each for each in kept if each]):
            yield Trace(f"{STATISTICS}{place}", count)


def _shown(column: Column) -> sql.Composed:
    """Return a column as text; bytes as they are."""
    form = "{}" if column.type == "bytea" else "{}::text"
    return sql.SQL(form).format(sql.Identifier(column.name))


def text(value: str | bytes) -> str:
    """Return what is stored as text."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def in_files(home: Path, values: Sequence[str]) -> list[Trace]:
    """Return the files of the state folder that hold one of the values, by name or content."""
    sought = Sought(values)
    found = []
    place = state.read(home).place  # of a cluster that is elsewhere
    logs = sorted(Path(place, "log").glob("*")) if place is not None else []
    for path in [*sorted(home.rglob("*")), *logs]:
        inside = path.relative_to(home) if path.is_relative_to(home) else Path(path.name)
        if inside.parts[:2] == DATABASE_FOLDER or path.is_symlink():
            continue
        count = sought.places(str(inside))
        if path.is_file():
            with path.open("rb") as stream:
                count += sought.places_in(stream)
        if count:
            found.append(Trace(str(path), count))
    return found
