"""The list of what columns may hold of a person: complete, and about nothing else."""

from __future__ import annotations

import tomllib

import psycopg
import pytest

from warehouse.connection import Target
from warehouse.privacy import columns


def test_every_column_that_can_hold_a_person_has_a_rule(session: psycopg.Connection) -> None:
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


@pytest.mark.parametrize("kind", ["text", "varchar(9)", "jsonb", "bytea", "uuid", "bigint[]"])
def test_a_new_column_without_a_rule_is_found(target: Target, kind: str) -> None:
    with target.connect() as other:
        other.execute(f"alter table raw.profiles add column nickname {kind}".encode())
        with pytest.raises(columns.UnknownColumnsError, match=r"raw\.profiles\.nickname"):
            columns.relations(other)
        other.rollback()


def test_the_types_of_an_account_are_its_id_and_its_key(session: psycopg.Connection) -> None:
    types = {
        column.type
        for relation in columns.relations(session)
        for column in relation.that_hold("account")
    }
    assert types == {"text", "uuid"}
