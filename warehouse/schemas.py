"""Names of a warehouse's schemas, and the mark by which it knows them.

Source: `WAREHOUSE_SCHEMA_PREFIX`; without it the schemas are raw, seeds, staging, core, marts.
Shape:  statements are written with these names. `cursors` returns a cursor class that puts the
        prefix before them, so that warehouses with different prefixes share one database.
        Their advisory locks differ, too. Statements of users never go through such a cursor.
Units:  a prefix has at most 16 letters; PostgreSQL cuts names after 63.
Errors: WarehouseError for a prefix that cannot be part of a name, and for a schema or a table
        in the way that this warehouse did not make.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import cache
from typing import Any

import psycopg
from psycopg import sql

from warehouse.errors import USAGE, WarehouseError

VARIABLE = "WAREHOUSE_SCHEMA_PREFIX"
DEFAULT = "public"  # what a dbt profile calls the schemas without a prefix
NAMES = ("raw", "seeds", "staging", "core", "marts", "upgrade")

_PREFIX = re.compile(r"(?!pg(_|$))[a-z][a-z0-9_]{0,15}")
_NAME = "|".join([*NAMES, "test_failures"])
# raw.loads, "raw"."loads", and the schema itself where a script makes or describes it
_NAMED = re.compile(
    rf'(?<![\w.])(?P<quote>"?)(?P<name>{_NAME})(?P=quote)\.'
    rf"|(?<=schema )(?P<made>{_NAME})(?= )"
    rf"|(?<=if not exists )(?P<new>{_NAME})(?=;)"
    r"|(?<=\[engagement warehouse: )(?P<marked>raw)(?=\])"
)
_LOCK = re.compile(r"\b7281943650(?P<number>\d{3})\b")

# A schema of this name exists: does it carry the mark, and does anything stand in it?
_FOUND = """
select
    nsp.nspname,
    coalesce(obj_description(nsp.oid, 'pg_namespace'), '') as comment,
    pg_has_role(nsp.nspowner, 'usage') and not exists (
        select from pg_depend as dep
        where
            dep.refclassid = 'pg_namespace'::regclass
            and dep.refobjid = nsp.oid
    ) as is_free
from pg_namespace as nsp
where nsp.nspname = any(%s)
order by nsp.nspname
"""
# What only a `raw` of this project has, in every version.
_IS_EARLIER = """
select count(*) = 4
from pg_attribute
where
    attrelid = to_regclass('raw.loads') and not attisdropped
    and attname in ('load_id', 'workspace_id', 'content_sha256', 'run_seq')
    and to_regclass('raw.model_progress') is not null
    and to_regclass('raw.run_fence') is not null
"""
# Its other schemas: seeds have descriptions, which plain tables seldom have; `up` makes marts.
_MADE_EARLIER = """
select prg.schema_name
from raw.model_progress as prg
where to_regclass(format('%I.%I', prg.schema_name, prg.model_name)) is not null
union
select 'seeds'
from raw.model_progress
where obj_description(to_regclass('seeds.engagement_weights'), 'pg_class') is not null
union
select nsp.nspname
from pg_namespace as nsp
where
    nsp.nspname in ('marts', 'upgrade')
    and not exists (select from pg_class as cls where cls.relnamespace = nsp.oid)
"""


def configured() -> str:
    """Return the prefix that the environment asks for, with its underscore; empty for none."""
    said = os.environ.get(VARIABLE, "").strip().rstrip("_")
    if said in ("", DEFAULT):
        return ""
    if not _PREFIX.fullmatch(said):
        raise WarehouseError(
            f"{VARIABLE} is {said!r}, which cannot begin the name of a schema: take up to 16 "
            "lower-case letters, digits and _, with a letter first, and not pg_.",
            USAGE,
        )
    return f"{said}_"


def prefix_of(session: psycopg.Connection) -> str:
    """Return the prefix of the warehouse that a session works on."""
    return str(getattr(session.cursor_factory, "prefix", ""))


def named(session: psycopg.Connection, schema: str) -> str:
    """Return the real name of a schema of the session's warehouse."""
    return prefix_of(session) + schema


def mark(prefix: str) -> str:
    """Return what the comment of each schema of a warehouse ends with."""
    return f"[engagement warehouse: {prefix}raw]"


def lock(prefix: str, number: int) -> int:
    """Return the key of an advisory lock: 123 runs, 124 set-up, 125 upgrades of views."""
    base = 7281943650
    if prefix:
        base = int.from_bytes(hashlib.sha256(prefix.encode()).digest()[:6])
    return base * 1000 + number


def translate(prefix: str, statement: str) -> str:
    """Return a statement with the prefix before the names of the warehouse's schemas."""
    if not prefix:
        return statement

    def rename(match: re.Match[str]) -> str:
        if name := match["name"]:
            return f"{match['quote']}{prefix}{name}{match['quote']}."
        return prefix + (match["made"] or match["new"] or match["marked"])

    return _LOCK.sub(
        lambda match: str(lock(prefix, int(match["number"]))), _NAMED.sub(rename, statement)
    )


class _Translating:
    """What the cursors of a prefix do to statements before they send them."""

    prefix = ""

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """Execute a statement that names schemas without the prefix."""
        return super().execute(self._translated(query), *args, **kwargs)  # type: ignore[misc]

    def executemany(self, query: Any, *args: Any, **kwargs: Any) -> None:
        """Execute a statement for many rows of parameters."""
        super().executemany(self._translated(query), *args, **kwargs)  # type: ignore[misc]

    def stream(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """Execute a statement and yield its rows as they come."""
        return super().stream(self._translated(query), *args, **kwargs)  # type: ignore[misc]

    def copy(self, statement: Any, *args: Any, **kwargs: Any) -> Any:
        """Begin a COPY."""
        return super().copy(self._translated(statement), *args, **kwargs)  # type: ignore[misc]

    def _translated(self, query: Any) -> bytes:
        if isinstance(query, sql.Composable):
            query = query.as_string(self)  # type: ignore[arg-type]
        text = query.decode() if isinstance(query, bytes) else query
        return translate(self.prefix, text).encode()


@cache
def cursors(prefix: str) -> type[psycopg.Cursor[Any]]:
    """Return the class of cursors whose statements name the schemas of this prefix."""
    if not prefix:
        return psycopg.Cursor
    return type("Cursor", (_Translating, psycopg.Cursor), {"prefix": prefix})


@cache
def server_cursors(prefix: str) -> type[psycopg.ServerCursor[Any]]:
    """Return the same for cursors that the server keeps."""
    if not prefix:
        return psycopg.ServerCursor
    return type("ServerCursor", (_Translating, psycopg.ServerCursor), {"prefix": prefix})


def check(session: psycopg.Connection, beside: str = "") -> None:
    """Refuse schemas that stand in the way and that this warehouse did not make.

    `beside`: what a build beside the published schemas puts before their names. A warehouse
    of an earlier version has no marks yet; it passes, and `database.prepare` marks it.
    """
    names = [named(session, beside + name) for name in NAMES]
    sign = mark(prefix_of(session))
    unmarked = [
        name
        for name, comment, is_free in session.execute(_FOUND, (names,))
        if sign not in comment and not is_free
    ]
    foreign = [name for name in unmarked if name not in _of_earlier_version(session, unmarked)]
    if foreign:
        raise WarehouseError(
            f"The schema {foreign[0]} was not made by this warehouse, which would need it; "
            f"nothing was changed. Rename that schema, or set {VARIABLE} (to a name like "
            "acme, for acme_raw, acme_marts, …) and try again."
        )


def _of_earlier_version(session: psycopg.Connection, unmarked: list[str]) -> set[str]:
    """Return the schemas of a warehouse that a version without marks made."""
    if "raw" not in unmarked:
        return set()
    row = session.execute(_IS_EARLIER).fetchone()
    if row is None or not row[0]:
        return set()
    return {"raw"} | {name for (name,) in session.execute(_MADE_EARLIER)}
