"""What a database needs before anything can land in it or be read from it.

Source: loaders/schema.sql, indexes.sql and upgrades.sql, the only DDL of `raw`; the analyst's
        rights on `marts`.
Shape:  idempotent; costs one look-up when nothing has changed. An older `raw` is brought up to
        date in one transaction, and what changed is noted for the report of the next run.
Errors: WarehouseError where the login may not create schemas, or only read the marts, and where
        somebody uses `raw` for longer than an upgrade may wait.
"""

from __future__ import annotations

import hashlib
import logging
import re

import psycopg
from psycopg import sql

from warehouse.embedded.server import ANALYST
from warehouse.errors import USAGE, WarehouseError
from warehouse.state import project_root

MARTS = "marts"
SCRIPTS = ("schema.sql", "indexes.sql", "upgrades.sql")
PUBLISHED = ("seeds", "staging", "core", MARTS)
_LOCK = 7281943650124  # one process prepares at a time
_BESIDE = re.compile(r"(?!pg(_|$))[a-z][a-z0-9_]{0,29}")  # PostgreSQL keeps pg_ to itself

_logger = logging.getLogger(__name__)


def prepare(connection: psycopg.Connection) -> None:
    """Bring the schema `raw` and the analyst's rights up to date with this project."""
    folder = project_root() / "loaders"
    script = "\n".join((folder / name).read_text("utf-8") for name in SCRIPTS)
    fingerprint = hashlib.sha256(script.encode()).hexdigest()
    user, dbname = connection.info.user, connection.info.dbname
    try:
        if _prepared(connection) == fingerprint:
            return
    except psycopg.errors.InsufficientPrivilege:
        raise WarehouseError(
            f"{user} may at most ask this warehouse (`warehouse query`); for everything else "
            f"use the login that owns {dbname}."
        ) from None
    try:
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
            connection.execute("set local client_min_messages = warning")
            connection.execute("set local lock_timeout = '60s'")
            before = _columns(connection)
            connection.execute(script.encode())
            _note_changes(connection, before)
            connection.execute(
                "create table if not exists raw.schema_fingerprint ("
                "is_only_row boolean primary key default true check (is_only_row),"
                " fingerprint text not null)"
            )
            connection.execute(
                "insert into raw.schema_fingerprint (fingerprint) values (%s)"
                " on conflict (is_only_row) do update set fingerprint = excluded.fingerprint",
                (fingerprint,),
            )
            admit_analyst(connection, MARTS)
    except psycopg.errors.LockNotAvailable:
        raise WarehouseError(
            "The schema raw has to be brought up to date, but somebody is loading or reading; "
            "nothing was changed. Do it again when that has ended."
        ) from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise WarehouseError(
            f"{user} may not set up the warehouse ({error.diag.message_primary}); let the "
            f"owner run `grant create on database {dbname} to {user}`, then try again."
        ) from None


def marts_of(schema: str | None) -> str:
    """The schema of the marts: the published one, or that of a build beside it."""
    if schema is None:
        return MARTS
    if not _BESIDE.fullmatch(schema):
        raise WarehouseError(
            f"{schema!r} cannot be the name of a schema: begin with a lower-case letter, go on "
            "with lower-case letters, digits and _ (at most 30 in all), but not with pg_.",
            USAGE,
        )
    return f"{schema}_{MARTS}"


def has_analyst(connection: psycopg.Connection) -> bool:
    """Whether the role exists whose eyes analysts look through."""
    row = connection.execute("select 1 from pg_roles where rolname = %s", (ANALYST,)).fetchone()
    return row is not None


def _prepared(connection: psycopg.Connection) -> str | None:
    """Fingerprint of the script that made the schema `raw`, if there is one."""
    with connection.transaction():
        table = connection.execute("select to_regclass('raw.schema_fingerprint')").fetchone()
        if table is None or table[0] is None:
            return None
        row = connection.execute("select fingerprint from raw.schema_fingerprint").fetchone()
        return row[0] if row else None


def _columns(connection: psycopg.Connection) -> dict[str, dict[str, str]]:
    """Tables of `raw` with their columns and types."""
    tables: dict[str, dict[str, str]] = {}
    for table, column, data_type in connection.execute(
        "select cls.relname, att.attname, format_type(att.atttypid, att.atttypmod)"
        " from pg_class as cls inner join pg_attribute as att on att.attrelid = cls.oid"
        " where cls.relnamespace = to_regnamespace('raw') and cls.relkind = 'r'"
        " and att.attnum > 0 and not att.attisdropped order by cls.relname, att.attnum"
    ):
        tables.setdefault(table, {})[column] = data_type
    return tables


def _note_changes(connection: psycopg.Connection, before: dict[str, dict[str, str]]) -> None:
    """Note what an older `raw` did not have; a new one is no news."""
    for table, columns in _columns(connection).items() if before else ():
        if table not in before:
            change = "new table"
        elif new := [name for name in columns if columns[name] != before[table].get(name)]:
            change = f"new: {', '.join(f'{name} ({columns[name]})' for name in new)}"
        else:
            continue
        connection.execute(
            "insert into raw.upgrade_notes (relation, change) values (%s, %s)",
            (f"raw.{table}", change),
        )


def admit_analyst(connection: psycopg.Connection, marts: str) -> None:
    """Make a schema of marts that the analyst may read, and nothing else of the database.

    The role is made where we may.
    """
    schema = sql.Identifier(marts)
    connection.execute(sql.SQL("create schema if not exists {}").format(schema))
    if not has_analyst(connection):
        try:
            with connection.transaction():
                connection.execute(f"create role {ANALYST} nologin")
                connection.execute(f"grant {ANALYST} to current_user")
        except psycopg.errors.InsufficientPrivilege:
            _logger.warning(
                "This login may not create the role %s; let an administrator run `create role "
                "%s; grant %s to <this login>` so that `warehouse query` can be read-only.",
                ANALYST,
                ANALYST,
                ANALYST,
            )
            return
    for grant in (
        "grant usage on schema {} to {}",
        "grant select on all tables in schema {} to {}",
        "alter default privileges in schema {} grant select on tables to {}",
    ):
        connection.execute(sql.SQL(grant).format(schema, sql.Identifier(ANALYST)))
