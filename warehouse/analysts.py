"""Logins that may only read the marts: the analyst's role, and one login per person or tool.

Each login is bounded, so that no question takes the server away from others: few connections,
a time limit for statements and idle sessions, and, where PostgreSQL lets us say so, a limit for
temporary files. A login may raise its own time limits; it can never write.

Source: `warehouse login`, `up`, `run`; passwords are generated or kept in the state folder.
Shape:  roles of the server. `warehouse_analyst` has the rights; every login is a member of it.
Units:  settings as PostgreSQL writes them.
Errors: WarehouseError where a role is not ours or this login may not make it.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

import psycopg
from psycopg import errors, sql

from warehouse import schemas
from warehouse.errors import USAGE, WarehouseError

ANALYST = "warehouse_analyst"
CONNECTIONS = 20
SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "5min",
    "idle_in_transaction_session_timeout": "1min",
    "idle_session_timeout": "1h",
}
TEMPORARY_FILES = ("temp_file_limit", "2GB")  # only a superuser may set it
OF_LOGINS = "Reads the marts of the engagement warehouse; made by `warehouse login add`."

_NAME = re.compile(r"(?!pg_)[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Login:
    """A login of one person or tool, and how many of its connections are open."""

    name: str
    connection_count: int


def role_of(session: psycopg.Connection) -> str:
    """Return the role that may only read the marts of the session's warehouse."""
    return schemas.named(session, ANALYST)


def admit_login(session: psycopg.Connection, login: str) -> None:
    """Let a login read what the role of the session's warehouse reads."""
    grant = sql.SQL("grant {} to {}")
    session.execute(grant.format(sql.Identifier(role_of(session)), sql.Identifier(login)))


def exists(session: psycopg.Connection, role: str = ANALYST) -> bool:
    """Whether the server has a role of that name."""
    query = "select from pg_roles where rolname = %s"
    return session.execute(query, (role,)).fetchone() is not None


def keep_role(
    session: psycopg.Connection,
    role: str,
    *,
    secret: str | None = None,
    search_path: str = "marts",
) -> list[str]:
    """Make a role, or repair it: login, password, limits. Return what could not be set.

    Without `secret` a new role cannot log in, and one that exists keeps its password.
    """
    name = sql.Identifier(role)
    if not exists(session, role):
        session.execute(sql.SQL("create role {} nologin").format(name))
    refused: list[str] = []
    if secret is not None:
        verifier = session.pgconn.encrypt_password(
            secret.encode(), role.encode(), b"scram-sha-256"
        )
        session.execute(
            sql.SQL("alter role {} login password {}").format(name, verifier.decode("ascii"))
        )
    wanted = {**SETTINGS, "search_path": search_path, TEMPORARY_FILES[0]: TEMPORARY_FILES[1]}
    query = "select rolconfig, rolconnlimit from pg_roles where rolname = %s"
    row = session.execute(query, (role,)).fetchone()
    assert row is not None
    config, connections = row
    held = dict(setting.split("=", 1) for setting in config or ())
    statements = [
        sql.SQL("alter role {} set {} = {}").format(name, sql.Identifier(setting), value)
        for setting, value in wanted.items()
        if held.get(setting) != value
    ]
    if connections != CONNECTIONS:
        statements.append(
            sql.SQL("alter role {} connection limit {}").format(name, CONNECTIONS)
        )
    for statement in statements:
        try:
            with session.transaction():
                session.execute(statement)
        except errors.InsufficientPrivilege:
            refused.append(statement.as_string(session))
    return refused


def grant_marts(session: psycopg.Connection, marts: str) -> None:
    """Let the role read a schema of marts, now and after later runs, and nothing else."""
    for grant in (
        "grant usage on schema {} to {}",
        "grant select on all tables in schema {} to {}",
        "alter default privileges in schema {} grant select on tables to {}",
    ):
        session.execute(
            sql.SQL(grant).format(sql.Identifier(marts), sql.Identifier(role_of(session)))
        )


def add(session: psycopg.Connection, name: str) -> str:
    """Make a login for one person or tool; return its password, which is kept nowhere."""
    if not _NAME.fullmatch(name):
        raise WarehouseError(
            f"{name!r} cannot be a login: begin with a lower-case letter, continue with "
            "lower-case letters, digits and _ (at most 63 in all), but not with pg_.",
            USAGE,
        )
    if exists(session, name):
        known = "a login of this warehouse" if _is_ours(session, name) else "on this server"
        raise WarehouseError(
            f"There is already a role {name} ({known}). For a new password remove the login "
            "first; otherwise choose another name."
        )
    secret = secrets.token_urlsafe(24)
    try:
        with session.transaction():
            keep_role(session, name, secret=secret, search_path=schemas.named(session, "marts"))
            role = sql.Identifier(name)
            admit_login(session, name)
            session.execute(sql.SQL("comment on role {} is {}").format(role, OF_LOGINS))
    except errors.InsufficientPrivilege:
        raise WarehouseError(
            f"{session.info.user} may not create logins; let an administrator run "
            f"`create role {name} login in role {role_of(session)}` and `\\password {name}` "
            "in psql."
        ) from None
    return secret


def remove(session: psycopg.Connection, name: str) -> None:
    """Take a login away that `add` made, and end its sessions."""
    if not _is_ours(session, name):
        raise WarehouseError(
            f"{name} was not created by `warehouse login add`; nothing was removed. "
            "`warehouse login list` shows the logins."
        )
    try:
        session.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", (name,)
        )
        session.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))
    except errors.InsufficientPrivilege:
        raise WarehouseError(
            f"{session.info.user} may not remove logins; let an administrator run "
            f"`drop role {name}`."
        ) from None
    except errors.DependentObjectsStillExist as error:
        raise WarehouseError(
            f"{name} owns something on this server ({error.diag.message_detail}); "
            f"remove that first, then the login."
        ) from None


def listing(session: psycopg.Connection) -> list[Login]:
    """Return the logins that `add` made, by name."""
    rows = session.execute(
        "select rol.rolname::text, count(act.pid) from pg_roles as rol"
        " left join pg_stat_activity as act on rol.rolname = act.usename"
        " where shobj_description(rol.oid, 'pg_authid') = %s"
        " group by rol.rolname order by rol.rolname",
        (OF_LOGINS,),
    )
    return [Login(*row) for row in rows]


def _is_ours(session: psycopg.Connection, name: str) -> bool:
    return any(login.name == name for login in listing(session))
