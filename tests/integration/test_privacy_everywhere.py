"""Nobody is forgotten in a column: planted in every place of the list, an erasure finds all.

The rows are made from the catalogue, so a new table is planted, too. Its constraints go for the
test, and everything is rolled back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import planted_everywhere as planted
import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from warehouse.connection import Target
from warehouse.privacy import columns, erased, rewriting, rows, traces
from warehouse.privacy.columns import Relation

pytestmark = pytest.mark.first_build  # raw alone

LOAD = 1
PLACE = {"workspace_id": planted.WORKSPACE, "platform": planted.PLATFORM, "load_id": LOAD}
FILLED: dict[str, Any] = {
    "bool": False,
    "timestamptz": "2026-03-01T10:00:00Z",
    "date": "2026-03-01",
    "bytea": b"",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "jsonb": Jsonb({}),
    "json": Jsonb({}),
    "text": "x",
}


def held(session: psycopg.Connection) -> list[Relation]:
    """Return the stored relations of raw that may hold a person."""
    return [
        relation
        for relation in columns.relations(session, ("raw",))
        if relation.is_stored
        and relation.name not in rewriting.LEFT_ALONE
        and relation.that_hold("account", "name", "record", "words", "document")
    ]


@pytest.fixture
def other(target: Target) -> Iterator[psycopg.Connection]:
    """A transaction in which raw has no constraints."""
    with target.connect() as session:
        for table, name in session.execute(
            "select con.conrelid::regclass::text, con.conname from pg_constraint as con"
            " where con.connamespace = to_regnamespace('raw') and con.contype <> 'n'"
        ).fetchall():
            session.execute(
                sql.SQL("alter table {} drop constraint if exists {} cascade").format(
                    sql.Identifier(*table.split(".")), sql.Identifier(name)
                )
            )
        yield session
        session.rollback()


def plant(session: psycopg.Connection, relation: Relation, *, is_own: bool) -> set[str]:
    """Insert a row with the person in each column that may hold one; return these columns."""
    told = {column.name: column for column in relation.columns}
    row: dict[str, Any] = {}
    places = set()
    for name, kind, has_default in session.execute(
        "select att.attname, typ.typname, att.atthasdef or att.attidentity <> ''"
        " from pg_attribute as att inner join pg_type as typ on att.atttypid = typ.oid"
        " where att.attrelid = %s and att.attnum > 0 and not att.attisdropped"
        " and att.attgenerated = ''",
        (relation.oid,),
    ).fetchall():
        column = told.get(name)
        if name in PLACE:
            row[name] = PLACE[name]
        elif column is not None and planted.is_planted(column, is_own=is_own):
            value = planted.value(column)
            row[name] = Jsonb(value) if isinstance(value, dict) else value
            places.add(f"raw.{relation.name}.{name}")
        elif column is not None and column.holds == "account":
            row[name] = planted.of_nobody(column)
        elif not has_default:
            row[name] = FILLED.get(kind, [] if kind.startswith("_") else 1)
    session.execute(
        sql.SQL("insert into {} ({}) overriding system value values ({})").format(
            sql.Identifier("raw", relation.name),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join([sql.Placeholder()] * len(row)),
        ),
        list(row.values()),
    )
    return places


@pytest.mark.parametrize("is_own", [True, False])
def test_an_erasure_finds_every_column(other: psycopg.Connection, is_own: bool) -> None:
    relations = held(other)
    assert len(relations) > 20
    places = set()
    for relation in sorted(relations, key=lambda each: each.name != "loads"):
        places |= plant(other, relation, is_own=is_own)
    found = {trace.place for trace in traces.in_database(other, planted.VALUES)}
    assert places - found == set()
    erasure = erased.of_person([planted.PERSON], erased.identity(other))
    rewriting.rewrite(other, planted.WORKSPACE, erased.forgotten(erasure))
    left = [trace.place for trace in traces.in_database(other, planted.VALUES)]
    assert left == []


@pytest.mark.parametrize("is_own", [True, False])
def test_an_export_holds_what_the_scan_finds(other: psycopg.Connection, is_own: bool) -> None:
    """In the same columns, and nothing of anybody else.

    Native records of rows of others stay out, and documents of several people.
    """
    relations = held(other)
    for relation in sorted(relations, key=lambda each: each.name != "loads"):
        plant(other, relation, is_own=is_own)
    found = {
        trace.place
        for trace in traces.in_database(other, planted.VALUES)
        if not trace.place.startswith(traces.STATISTICS)
    }
    told = set()
    for relation in relations:
        for row in rows.about(other, relation, [planted.PERSON]):
            text = json.dumps(row)
            assert planted.OTHER not in text
            assert str(planted.OTHER_KEY) not in text
            told |= {
                f"raw.{relation.name}.{name}"
                for name, value in row.items()
                if any(each in json.dumps(value) for each in planted.VALUES)
            }
    assert told - found == set()
    natives = {
        f"raw.{relation.name}.{column.name}"
        for relation in relations
        if not (is_own and relation.that_hold("account"))
        for column in relation.that_hold("document")
        if column.type in ("json", "jsonb") or column.name == rows.SEVERAL
    }
    assert found - told - natives == set()
    assert len(told) > 50
