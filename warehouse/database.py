"""What a database needs before anything can land in it or be read from it.

Source: loaders/schema.sql, indexes.sql, upgrades.sql, ownership.sql, seeds.sql and tenants.sql,
        the only DDL of `raw`; the analyst's rights on `marts`.
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

from warehouse import analysts, schemas
from warehouse.analysts import ANALYST
from warehouse.connection import Target
from warehouse.errors import USAGE, WarehouseError
from warehouse.state import project_root

MARTS = "marts"
SCRIPTS = (
    *("schema.sql", "indexes.sql", "upgrades.sql"),
    *("ownership.sql", "seeds.sql", "tenants.sql"),
)
PUBLISHED = ("seeds", "staging", "core", MARTS)
_LOCK = 124  # one process prepares at a time
_TABLE = re.compile(r"create table (?:if not exists )?\w*raw\.(\w+)")
_FUNCTION = re.compile(r"(?:create or replace|drop) function (?:if exists )?\w*raw\.(\w+)")
_BESIDE = re.compile(r"(?!pg(_|$))[a-z][a-z0-9_]{0,29}")  # PostgreSQL keeps pg_ to itself

_logger = logging.getLogger(__name__)


def prepare(connection: psycopg.Connection) -> None:
    """Bring the schema `raw` and the analyst's rights up to date with this project."""
    schemas.check(connection)
    prefix = schemas.prefix_of(connection)
    folder = project_root() / "loaders"
    script = schemas.translate(
        prefix, "\n".join((folder / name).read_text("utf-8") for name in SCRIPTS)
    )
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
            connection.execute("set local client_min_messages = warning")
            connection.execute("set local lock_timeout = '60s'")
            connection.execute(
                "select pg_advisory_xact_lock(%s)", (schemas.lock(prefix, _LOCK),)
            )
            schemas.check(connection)  # once more, now that nobody else prepares
            before = _columns(connection)
            tables, functions = _TABLE.findall(script), _FUNCTION.findall(script)
            _refuse_foreign_tables(connection, tables)
            _refuse_foreign_functions(connection, functions)
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
            connection.execute(
                "select raw.own_relation(%s, wnt.name) from unnest(%s::text[]) as wnt (name)",
                (schemas.named(connection, "raw"), [*tables, "schema_fingerprint"]),
            )
            connection.execute(
                "select raw.own_routine(oid) from pg_proc"
                " where pronamespace = to_regnamespace(%s) and proname = any(%s)",
                (schemas.named(connection, "raw"), functions),
            )
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


def published(session: psycopg.Connection) -> list[str]:
    """Return the schemas of the published models and seeds."""
    return [schemas.named(session, name) for name in PUBLISHED]


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
        " where cls.relnamespace = to_regnamespace(%s) and cls.relkind = 'r'"
        " and att.attnum > 0 and not att.attisdropped order by cls.relname, att.attnum",
        (schemas.named(connection, "raw"),),
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
            (f"{schemas.named(connection, 'raw')}.{table}", change),
        )


def _refuse_foreign_tables(connection: psycopg.Connection, names: list[str]) -> None:
    """Refuse tables in `raw` that have the names of ours and that no script made."""
    raw = schemas.named(connection, "raw")
    row = connection.execute("select to_regclass('raw.relations')").fetchone()
    if row is None or row[0] is None:
        return
    row = connection.execute(
        "select min(wnt.name) from unnest(%s::text[]) as wnt (name)"
        " where to_regclass(format('%%I.%%I', %s::text, wnt.name)) is not null"
        " and not raw.is_ours(to_regclass(format('%%I.%%I', %s::text, wnt.name)))",
        (names, raw, raw),
    ).fetchone()
    if row is not None and row[0] is not None:
        raise WarehouseError(
            f"The table {raw}.{row[0]} was not made by this warehouse, which would need its "
            "place; nothing was changed. Move that table to another schema and try again."
        )


def _refuse_foreign_functions(connection: psycopg.Connection, names: list[str]) -> None:
    """Refuse functions in `raw` that have the names of ours and that no script made."""
    row = connection.execute("select to_regclass('raw.routines')").fetchone()
    if row is None or row[0] is None:
        return
    row = connection.execute(
        "select min(oid::regprocedure::text) from pg_proc"
        " where pronamespace = to_regnamespace(%s) and proname = any(%s)"
        " and not raw.is_our_routine(oid)",
        (schemas.named(connection, "raw"), names),
    ).fetchone()
    if row is not None and row[0] is not None:
        raise WarehouseError(
            f"The function {row[0]} was not made by this warehouse, which would need its "
            "name; nothing was changed. Move that function to another schema and try again."
        )


def admit_analyst(connection: psycopg.Connection, marts: str) -> None:
    """Make a schema of marts that the analyst may read, and nothing else of the database.

    The role is made where we may.
    """
    name = schemas.named(connection, marts)
    connection.execute("select raw.claim_schema(%s)", (name,))
    analyst = analysts.role_of(connection)
    role = sql.Identifier(analyst)
    if not analysts.exists(connection, analyst):
        try:
            with connection.transaction():
                connection.execute(sql.SQL("create role {} nologin").format(role))
                connection.execute(sql.SQL("grant {} to current_user").format(role))
        except psycopg.errors.InsufficientPrivilege:
            _logger.warning(
                "This login may not create the role %s; let an administrator run `create role "
                "%s; grant %s to <this login>`, then run `warehouse up`, so that `warehouse "
                "query` can be read-only.",
                analyst,
                analyst,
                analyst,
            )
            return
    analysts.grant_marts(connection, name)


def repair_analyst(target: Target, connection: psycopg.Connection) -> list[str]:
    """Put the analyst's role back as it should be: password, limits, rights.

    Returns the statements that only an administrator of the server may run.
    """
    admit_analyst(connection, MARTS)
    role = analysts.role_of(connection)
    if not analysts.exists(connection, role):
        return []
    marts = schemas.named(connection, MARTS)
    try:
        if not target.embedded:
            return analysts.keep_role(connection, role, search_path=marts)
        if role != ANALYST:  # its login reads the marts of all warehouses of this server
            analysts.admit_login(connection, ANALYST)
        return analysts.keep_role(connection, ANALYST, secret=target.analyst().password)
    except psycopg.errors.InsufficientPrivilege:
        return []
