"""What each column of the warehouse may hold of a person: the one list.

Source: columns.toml beside this file; the database's catalogue.
Shape:  `relations` returns each relation with its columns that can hold a person and what
        each may hold. Export and verification work from it.
Units:  names are those without a schema prefix.
Errors: those of the database. A column that is in no list, as in a model of your own, may
        hold what its type says.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import psycopg

from warehouse import schemas

FILE = Path(__file__).with_name("columns.toml")
Holds = Literal["account", "name", "record", "words", "document", "fingerprint", "nothing"]
KINDS: tuple[Holds, ...] = (
    *("account", "name", "record", "words", "document", "fingerprint", "nothing"),
)
# What a column of a type may hold that is in no list.
_BY_TYPE: dict[str, Holds] = {"text": "words", "varchar": "words", "uuid": "account"}
SCHEMAS = ("raw", "seeds", "staging", "core", "marts")

# Columns of the types in which a person can be: text, JSON, bytes, uuid and lists of any type.
_COLUMNS = """
select
    cls.oid::bigint, nsp.nspname, cls.relname, cls.relkind in ('r', 'm'),
    att.attname, typ.typname
from pg_attribute as att
inner join pg_class as cls on att.attrelid = cls.oid
inner join pg_namespace as nsp on cls.relnamespace = nsp.oid
inner join pg_type as typ on att.atttypid = typ.oid
where
    nsp.nspname = any(%s) and cls.relkind in ('r', 'm', 'v')
    and has_table_privilege(cls.oid, 'select')
    and att.attnum > 0 and not att.attisdropped
    and (
        typ.typcategory in ('S', 'A')
        or typ.typname in ('jsonb', 'json', 'bytea', 'uuid', 'xml')
    )
order by nsp.nspname, cls.relname, att.attnum
"""


@dataclass(frozen=True)
class Column:
    """A column, the type of its values as PostgreSQL names it, and what they may be."""

    name: str
    type: str
    holds: Holds


@dataclass(frozen=True)
class Relation:
    """A relation with its columns that can hold a person; a view is not stored.

    `place`: the schema as the database names it; `schema`: without prefix and name of a build.
    """

    oid: int
    place: str
    schema: str
    name: str
    is_stored: bool
    columns: tuple[Column, ...]

    def that_hold(self, *kinds: Holds) -> list[Column]:
        """Return the columns that may hold one of these."""
        return [column for column in self.columns if column.holds in kinds]


def holds(schema: str, relation: str, column: str) -> Holds | None:
    """Return what a column may hold of a person; null where the list does not say."""
    exceptions, names, ending = _rules()
    found = exceptions.get(f"{schema}.{relation}.{column}") or names.get(column)
    return "nothing" if found is None and column.endswith(ending) else found


def relations(
    session: psycopg.Connection, names: Sequence[str] = SCHEMAS, *, with_builds: bool = False
) -> list[Relation]:
    """Return the relations of these schemas, and of all their columns what they hold.

    `with_builds`: also of the schemas in which a past day was built beside the published ones.
    """
    own = {schemas.named(session, name): name for name in names}
    if with_builds:
        built = session.execute(
            "select distinct schema_name from raw.model_progress"
        ).fetchall()
        beside = {
            schema: name for (schema,) in built for name in names if schema.endswith(f"_{name}")
        }
        own = beside | own
    found: dict[tuple[int, str, str, str, bool], list[Column]] = {}
    for oid, nspname, relation, is_stored, column, kind in session.execute(
        _COLUMNS, (list(own),)
    ):
        said = holds(own[nspname], relation, column) or _BY_TYPE.get(kind, "document")
        place = found.setdefault((oid, nspname, own[nspname], relation, is_stored), [])
        place.append(Column(column, kind, said))
    return [Relation(*place, tuple(columns)) for place, columns in found.items()]


def everywhere(session: psycopg.Connection) -> list[Relation]:
    """Return the relations of every schema that this login may read, whoever made them."""
    names = session.execute(
        "select nspname from pg_namespace where nspname !~ '^pg_'"
        " and nspname <> 'information_schema' and has_schema_privilege(oid, 'usage')"
    )
    found: dict[tuple[int, str, str, str, bool], list[Column]] = {}
    for oid, nspname, relation, is_stored, column, kind in session.execute(
        _COLUMNS, ([name for (name,) in names],)
    ):
        place = found.setdefault((oid, nspname, nspname, relation, is_stored), [])
        place.append(Column(column, kind, _BY_TYPE.get(kind, "document")))
    return [Relation(*place, tuple(columns)) for place, columns in found.items()]


def unknown(session: psycopg.Connection) -> list[str]:
    """Return the columns that are in no list."""
    return [
        f"{relation.schema}.{relation.name}.{column.name}"
        for relation in relations(session)
        for column in relation.columns
        if holds(relation.schema, relation.name, column.name) is None
    ]


@cache
def _rules() -> tuple[dict[str, Holds], dict[str, Holds], str]:
    """Return the exceptions, what each name holds, and the ending of what holds nothing."""
    said: dict[str, Any] = tomllib.loads(FILE.read_text("utf-8"))
    return (
        said["exceptions"],
        {name: kind for kind in KINDS for name in said[kind]},
        said["nothing_ending_in"],
    )
