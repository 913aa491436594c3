"""The files of a PostgreSQL server on the disk: which of them hold given values, byte by byte.

Source: the data folder of the server of these tests, after a checkpoint.
Shape:  `holding` names what a file is of: a relation, with its indexes and its TOAST, or its
        path. Keys are looked for as text and as the sixteen bytes of a uuid, hashes as text
        and as bytes.
Units:  none. A value that PostgreSQL has compressed, in a row of more than 2 kB, is not found.
Errors: those of the file system and of the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import psycopg

HEX = re.compile(r"[0-9a-f-]{32,}")
# what each file of a relation is of; catalogues have no fixed names of files
NAMED = """
select
    pg_relation_filepath(cls.oid),
    format(
        '%s %s.%s',
        case cls.relkind when 'i' then 'index' when 't' then 'toast' else 'table' end,
        coalesce(own.relnamespace, cls.relnamespace)::regnamespace,
        coalesce(own.relname, cls.relname)
    )
from pg_class as cls
left join pg_class as own on cls.oid = own.reltoastrelid
where cls.relkind in ('r', 'i', 't', 'm')
"""


def forms(values: Iterable[str]) -> list[bytes]:
    """Return values as PostgreSQL stores them."""
    found = []
    for value in values:
        found.append(value.encode())
        if HEX.fullmatch(value):
            with suppress(ValueError):
                found.append(bytes.fromhex(value.replace("-", "")))
    return found


def holding(
    session: psycopg.Connection, data: Path, values: Sequence[str], part: str = "base"
) -> dict[str, int]:
    """Return how many of some values each place on the disk holds."""
    session.execute("checkpoint")
    row = session.execute(
        "select oid from pg_database where datname = current_database()"
    ).fetchone()
    assert row is not None
    folder = data / part / str(row[0]) if part == "base" else data / part
    names: dict[str, str] = dict(session.execute(NAMED).fetchall())
    sought = forms(values)
    found: dict[str, int] = {}
    for file in sorted(folder.rglob("*")):
        if not file.is_file():
            continue
        try:
            content = file.read_bytes()
        except FileNotFoundError:  # dropped, or recycled
            continue
        count = sum(value in content for value in sought)
        if count:
            path = str(file.relative_to(data)).partition(".")[0]
            name = names.get(path, str(file.relative_to(data)))
            found[name] = found.get(name, 0) + count
    return found
