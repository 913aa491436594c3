"""Everything about one person as a ZIP of NDJSON, with a page that explains it.

Source: raw and the marts, by the list of columns; seeds, where one names an account.
Shape:  a file per relation that has rows about the person's accounts, README.txt, values.txt:
        what they are known by, for `warehouse privacy verify`.
Units:  one line per row. The file is its owner's alone and is written whole or not at all.
Errors: WarehouseError where the file exists already.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import psycopg

from warehouse.errors import WarehouseError
from warehouse.privacy import columns, explained, rows
from warehouse.privacy.columns import Relation
from warehouse.privacy.person import Known

EXPORTED = ("raw", "seeds", "marts")
README, VALUES = "README.txt", "values.txt"


def write(
    session: psycopg.Connection, person: Sequence[Known], file: Path | None
) -> dict[str, int]:
    """Write the archive; return how many rows of which relation are in it.

    Without a file, only count.
    """
    with session.transaction():
        session.execute("set transaction isolation level repeatable read read only")
        found = [
            relation
            for relation in columns.relations(session, EXPORTED)
            if relation.schema != "raw" or relation.is_stored
        ]
        if file is None:
            counts = {
                _name(relation): sum(1 for _ in rows.about(session, relation, person))
                for relation in found
            }
            return {name: count for name, count in counts.items() if count}
        if file.exists():
            raise WarehouseError(
                f"{file} already exists and was not overwritten; name another file."
            )
        draft = file.with_name(f".{file.name}.part")
        try:
            descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            with (
                os.fdopen(descriptor, "w+b") as stream,
                zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
            ):
                counts = _write(session, archive, found, person)
            draft.rename(file)
        finally:
            draft.unlink(missing_ok=True)
    return counts


def _write(
    session: psycopg.Connection,
    archive: zipfile.ZipFile,
    relations: Iterable[Relation],
    person: Sequence[Known],
) -> dict[str, int]:
    """Write the files; return how many rows each has."""
    counts: dict[str, int] = {}
    files: dict[str, tuple[int, str]] = {}
    for relation in relations:
        lines = _lines(session, relation, person)
        if (first := next(lines, None)) is None:
            continue
        name = _name(relation)
        with archive.open(f"{relation.schema}/{relation.name}.ndjson", "w") as member:
            member.write(first)
            counts[name] = 1
            for line in lines:
                member.write(line)
                counts[name] += 1
        files[name] = counts[name], _description(session, relation)
    (day,) = session.execute("select current_date::text").fetchall()[0]
    page = explained.page(_accounts(person), person[0].workspace_id, day, files)
    archive.writestr(README, page)
    archive.writestr(VALUES, "".join(f"{value}\n" for value in values(person)))
    return counts


def _accounts(person: Sequence[Known]) -> str:
    """Return how people name the accounts."""
    names = [
        f"{' '.join(known.usernames) or known.actor_ids[0]} on {known.platform}"
        for known in person
    ]
    if len(names) == 1:
        return f"the account {names[0]}"
    return f"the accounts {', '.join(names[:-1])} and {names[-1]}"


def values(person: Sequence[Known]) -> list[str]:
    """Return the texts by which a trace of a person is recognised."""
    found = (value for known in person for value in _values(known))
    return list(dict.fromkeys(" ".join(value.split()) for value in found if value.strip()))


def _values(known: Known) -> Iterator[str]:
    yield from (*known.actor_ids, *known.usernames, *known.other_names, *known.record_ids)
    yield from map(str, (*known.account_keys, *known.record_keys))


def _lines(
    session: psycopg.Connection, relation: Relation, person: Sequence[Known]
) -> Iterator[bytes]:
    for row in rows.about(session, relation, person):
        yield msgspec.json.encode(row) + b"\n"


def _name(relation: Relation) -> str:
    return f"{relation.schema}.{relation.name}"


def _description(session: psycopg.Connection, relation: Relation) -> str:
    """Return what the database says of a relation, in one line."""
    (said,) = session.execute(
        "select obj_description(%s::oid, 'pg_class')", (relation.oid,)
    ).fetchall()[0]
    text = " ".join((said or "").split())
    return text.partition(" [engagement warehouse")[0] or "A setting of the workspace."
