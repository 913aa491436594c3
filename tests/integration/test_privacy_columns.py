"""The list of what columns may hold of a person: complete, and about nothing else."""

from __future__ import annotations

import tomllib

import psycopg
import pytest

from warehouse.connection import Target
from warehouse.privacy import columns, explained


def test_every_column_that_can_hold_a_person_has_a_rule(session: psycopg.Connection) -> None:
    assert columns.unknown(session) == []
    found = columns.relations(session)
    assert {relation.schema for relation in found} == set(columns.SCHEMAS)
    assert len(found) > 150


def test_every_rule_is_about_a_column(session: psycopg.Connection) -> None:
    exceptions, names, _ = columns._rules()
    found = columns.relations(session)
    known = {column.name for relation in found for column in relation.columns}
    assert set(names) - known == set()
    places = {
        f"{relation.schema}.{relation.name}.{column.name}"
        for relation in found
        for column in relation.columns
    }
    assert set(exceptions) - places == set()


def test_no_column_name_is_in_two_lists() -> None:
    lists = tomllib.loads(columns.FILE.read_text("utf-8"))
    said = [name for kind in columns.KINDS for name in lists[kind]]
    assert sorted(said) == sorted(set(said))


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        *(("text", "words"), ("varchar(9)", "words"), ("uuid", "account")),
        *(("jsonb", "document"), ("bytea", "document"), ("bigint[]", "document")),
    ],
)
def test_a_new_column_without_a_rule_is_found(target: Target, kind: str, holds: str) -> None:
    """Until it has one, what it may hold is told from its type."""
    with target.connect() as other:
        other.execute(f"alter table raw.profiles add column nickname {kind}".encode())
        assert columns.unknown(other) == ["raw.profiles.nickname"]
        (profiles,) = [each for each in columns.relations(other) if each.name == "profiles"]
        assert profiles.columns[-1].holds == holds
        other.rollback()


def test_the_types_of_an_account_are_its_id_and_its_key(session: psycopg.Connection) -> None:
    types = {
        column.type
        for relation in columns.relations(session)
        for column in relation.that_hold("account")
    }
    assert types == {"text", "uuid"}


def test_an_export_explains_every_table_in_the_persons_words(
    session: psycopg.Connection,
) -> None:
    held = {
        f"raw.{relation.name}"
        for relation in columns.relations(session, ("raw",))
        if relation.is_stored
        and relation.that_hold("account", "name", "record", "words", "document")
    }
    assert set(explained.TABLES) == held
