"""Tenants: logins that see one workspace, each through a schema of its own.

The schema holds a view of every mart, of the same name, with the rows of the workspace. What
stands in it is kept by loaders/tenants.sql, as runs change the marts; this module makes the
schemas and the logins, and takes them away.

Source: `warehouse tenant`; the workspaces of loads and of seed workspaces.
Shape:  a schema and a login of the same name, a row of raw.tenants. A password is returned
        once and kept nowhere.
Units:  names have at most 63 bytes, the prefix of the warehouse included.
Errors: WarehouseError for a workspace that is unknown or has a tenant already, for names that
        are taken, and where this login may not make roles.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shlex
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import psycopg
from psycopg import errors, sql
from psycopg.rows import class_row

from warehouse import analysts, database, schemas
from warehouse.errors import USAGE, WarehouseError

PREFIX = "tenant_"
OF_TENANTS = "Reads one workspace of the engagement warehouse; made by `warehouse tenant add`."

_PLAIN = re.compile(r"[a-z0-9_]{1,39}")
_DIGEST = re.compile(r"_[0-9a-f]{8}$")  # ends every name that is not the workspace's own
_CUT = 30
LOCK, DRY_LOCK = "10s", "1s"  # that other readers may hold on; later ones wait meanwhile
_NAMED = 20  # workspaces in a sentence
_SHOWN = 63  # letters of a name in a sentence: as many as a workspace that is loaded may have

_WORKSPACES = """
select workspace_id from raw.loads
union
select workspace_id from raw.tenants
order by workspace_id
"""
_OF_SEED = "select workspace_id from seeds.workspaces"
_LISTED = """
select
    tnt.workspace_id as workspace,
    tnt.schema_name as login,
    tnt.added_at,
    tnt.added_by,
    tnt.rotated_at,
    coalesce(rol.rolcanlogin, false) as can_log_in,
    (
        select count(*) from pg_stat_activity as act where act.usename = tnt.schema_name
    ) as connection_count,
    coalesce(viw.shown_count, 0) as shown_count,
    coalesce(viw.stale_count, 0) as stale_count
from raw.tenants as tnt
left join pg_roles as rol on tnt.schema_name = rol.rolname
left join (
    select
        schema_name,
        count(view_id) as shown_count,
        count(*) filter (where not is_current) as stale_count
    from raw.tenant_views()
    group by schema_name
) as viw on tnt.schema_name = viw.schema_name
where tnt.removed_at is null
order by tnt.workspace_id
"""


@dataclass(frozen=True)
class Tenant:
    """A tenant that there is. `stale_count`: views that do not show their mart as it is."""

    workspace: str
    login: str
    added_at: datetime
    added_by: str
    rotated_at: datetime | None
    can_log_in: bool
    connection_count: int
    shown_count: int
    stale_count: int


class Opened(NamedTuple):
    """A login whose password is shown this once.

    `refused`: limits that only an administrator can set. `reach`: what the login can use past
    its own schema, because somebody gave it to everybody. `shown_count`: marts that it sees.
    `ended_count`: sessions with the password before that were ended.
    """

    login: str
    secret: str
    refused: list[str]
    reach: list[str]
    shown_count: int
    ended_count: int = 0


def login_of(workspace: str, prefix: str = "") -> str:
    """Return the name of a workspace's schema and login.

    It is the workspace's own name where that has only lower-case letters, digits and _.
    Otherwise it is made of these, and ends in a digest, so that no two are alike.
    """
    if _PLAIN.fullmatch(workspace) and not _DIGEST.search(PREFIX + workspace):
        return prefix + PREFIX + workspace
    letters = unicodedata.normalize("NFKD", workspace).lower()
    plain = re.sub(r"[^a-z0-9]+", "_", letters.encode("ascii", "ignore").decode())
    digest = hashlib.sha256(workspace.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return prefix + PREFIX + "_".join(filter(None, [plain.strip("_")[:_CUT], digest]))


def add(session: psycopg.Connection, workspace: str, *, is_dry: bool = False) -> Opened:
    """Make the schema and the login of a workspace's tenant; undo that at once where dry."""
    _check_known(session, workspace)
    login = login_of(workspace, schemas.prefix_of(session))
    shown = _shown(workspace)
    if found := _current(session, "workspace_id", workspace):
        raise WarehouseError(
            f"{shown} has a tenant already, with the login {found[1]}. "
            f"`warehouse tenant rotate {shown}` gives it another password."
        )
    if found := _current(session, "schema_name", login):
        raise WarehouseError(
            f"The name {login} is taken by the tenant of the workspace {_shown(found[0])}; "
            "nothing was changed. Load one of the two under another name."
        )
    if analysts.exists(session, login):
        raise WarehouseError(
            f"There is already a role {login} on this server; nothing was changed. Rename that "
            f"role, or set {schemas.VARIABLE}, which comes before the names of tenants, too."
        )
    with (
        _told(session, f"create the login {login}"),
        session.transaction(force_rollback=is_dry),
    ):
        session.execute("select raw.claim_schema(%s)", (login,))
        session.execute(
            "insert into raw.tenants (workspace_id, schema_name, shown_schema)"
            " values (%s, %s, %s)",
            (workspace, login, schemas.named(session, database.MARTS)),
        )
        return _open(session, login)


def rotate(session: psycopg.Connection, workspace: str, *, is_dry: bool = False) -> Opened:
    """Give a tenant another password and its limits back, and end its sessions.

    The login is made again where it is missing, as in a restored database. Where dry, undo all
    and end no session.
    """
    login = _existing(session, workspace)
    with _told(session, f"change the login {login}"):
        with session.transaction(force_rollback=is_dry):
            opened = _open(session, login)
            session.execute(
                "update raw.tenants set rotated_at = clock_timestamp(), rotated_by ="
                " session_user where schema_name = %s and removed_at is null",
                (login,),
            )
        ended_count = _end_sessions(session, login, is_dry=is_dry)
    return opened._replace(ended_count=ended_count)


def remove(session: psycopg.Connection, workspace: str, *, is_dry: bool = False) -> int:
    """Take a tenant away, with its schema; return how many of its sessions were ended.

    Where dry, undo all and end no session.
    """
    login = _existing(session, workspace)
    name = sql.Identifier(login)
    kept = "nothing was changed" if is_dry else "its schema was kept, but it cannot log in"
    with _told(session, f"remove the login {login}"):
        if analysts.exists(session, login) and not is_dry:
            session.execute(sql.SQL("alter role {} nologin").format(name))
        ended = _end_sessions(session, login, is_dry=is_dry)
        try:
            with session.transaction(force_rollback=is_dry):
                limit = DRY_LOCK if is_dry else LOCK
                session.execute("select set_config('lock_timeout', %s, true)", (limit,))
                session.execute("select raw.drop_tenant(%s)", (login,))
                if analysts.exists(session, login):
                    session.execute(
                        sql.SQL("revoke connect on database {} from {}").format(
                            sql.Identifier(session.info.dbname), name
                        )
                    )
                    session.execute(sql.SQL("drop role {}").format(name))
        except errors.DependentObjectsStillExist as error:
            detail = " ".join((error.diag.message_detail or str(error)).split())
            raise WarehouseError(
                f"Something else depends on {login} ({detail}); {kept}. Remove that first, "
                "then the tenant."
            ) from None
        except errors.LockNotAvailable:
            if is_dry and ended:  # its own sessions, which would have ended
                return ended
            raise WarehouseError(
                f"Somebody else reads through the schema {login}; {kept}. Remove the tenant "
                "when that has ended."
            ) from None
    return ended


def listing(session: psycopg.Connection) -> list[Tenant]:
    """Return the tenants, by workspace."""
    with session.cursor(row_factory=class_row(Tenant)) as cursor:
        return cursor.execute(_LISTED.encode()).fetchall()


def make_roles(session: psycopg.Connection, names: Sequence[str]) -> None:
    """Make the roles that schemas of a backup belong to, without a password.

    Of the given schemas, only those of tenants have one. `rotate` lets it log in.
    """
    own = schemas.prefix_of(session) + PREFIX
    with _told(session, "create the roles of tenants"):
        for name in names:
            if name.startswith(own) and not analysts.exists(session, name):
                session.execute(sql.SQL("create role {} nologin").format(sql.Identifier(name)))


def _open(session: psycopg.Connection, login: str) -> Opened:
    """Make or repair a login with a new password, and what it may read."""
    name = sql.Identifier(login)
    secret = secrets.token_urlsafe(24)
    refused = analysts.keep_role(session, login, secret=secret, search_path=login)
    session.execute(sql.SQL("comment on role {} is {}").format(name, OF_TENANTS))
    query = "select pg_has_role(current_user, %s, 'usage')"  # to end its sessions, later
    if session.execute(query, (login,)).fetchone() == (False,):
        session.execute(sql.SQL("grant {} to current_user").format(name))
    database_name = sql.Identifier(session.info.dbname)
    session.execute(sql.SQL("grant connect on database {} to {}").format(database_name, name))
    session.execute(sql.SQL("grant usage on schema {0} to {0}").format(name))
    session.execute("select raw.keep_tenants()")
    rows = session.execute("select what from raw.reach_of_tenant(%s)", (login,))
    reach = [what for (what,) in rows]
    shown = "select view_id from raw.tenant_views() where schema_name = %s and view_id > 0"
    shown_count = len(session.execute(shown, (login,)).fetchall())
    return Opened(login, secret, refused, reach, shown_count)


def _end_sessions(session: psycopg.Connection, login: str, *, is_dry: bool) -> int:
    """Return how many sessions a login has; end them, unless dry."""
    query = (
        "select case when not %s then pg_terminate_backend(pid) end from pg_stat_activity"
        " where usename = %s"
    )
    return len(session.execute(query, (is_dry, login)).fetchall())


def _current(session: psycopg.Connection, column: str, value: str) -> tuple[str, str] | None:
    """Return workspace and login of the tenant of a workspace, or with a login."""
    query = sql.SQL(
        "select workspace_id, schema_name from raw.tenants where removed_at is null and {} = %s"
    )
    return session.execute(query.format(sql.Identifier(column)), (value,)).fetchone()


def _existing(session: psycopg.Connection, workspace: str) -> str:
    """Return the login of a tenant that there is, and that is ours."""
    found = None
    if workspace in _known(session):
        found = _current(session, "workspace_id", workspace)
    if found is None:
        raise WarehouseError(
            f"{_shown(workspace)} has no tenant; `warehouse tenant list` shows all of them."
        )
    row = session.execute(
        "select rolcanlogin and shobj_description(oid, 'pg_authid') is distinct from %s"
        " from pg_roles where rolname = %s",
        (OF_TENANTS, found[1]),
    ).fetchone()
    if row == (True,):
        raise WarehouseError(
            f"The role {found[1]} on this server was not made by `warehouse tenant`; nothing "
            "was changed. Rename it, then try again."
        )
    return found[1]


def _known(session: psycopg.Connection) -> list[str]:
    """Return the workspaces that have loads, a time zone, or had a tenant."""
    found = {name for (name,) in session.execute(_WORKSPACES)}
    row = session.execute("select to_regclass('seeds.workspaces') is not null").fetchone()
    if row == (True,):
        found |= {name for (name,) in session.execute(_OF_SEED)}
    return sorted(found)


def _check_known(session: psycopg.Connection, workspace: str) -> None:
    known = _known(session)
    if workspace not in known:
        known_are = "Nothing is loaded yet."
        if known:
            more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
            known_are = f"The known ones are {', '.join(map(_shown, known[:_NAMED]))}{more}."
        raise WarehouseError(
            f"There is no workspace {_shown(workspace)}. {known_are} Load something for it "
            "first, or give it a row in seeds/workspaces.csv.",
            USAGE,
        )


def _shown(workspace: str) -> str:
    """Return a name as a sentence or a command has it: quoted where a shell needs that."""
    is_short = len(workspace) <= _SHOWN
    return shlex.quote(workspace if is_short else f"{workspace[:_SHOWN]}…")


@contextmanager
def _told(session: psycopg.Connection, what: str) -> Iterator[None]:
    """Say in one sentence why something about a login could not be done."""
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise WarehouseError(
            f"{session.info.user} may not {what} ({error.diag.message_primary}); nothing was "
            f"changed. Let an administrator run `alter role {session.info.user} createrole`."
        ) from None
    except (errors.DuplicateObject, errors.UniqueViolation):
        raise WarehouseError(
            f"Another command did it at the same time, so this one did not {what}. "
            "`warehouse tenant list` shows how things are."
        ) from None
    except errors.RaiseException as error:
        raise WarehouseError(f"{(error.diag.message_primary or '')[:300]}.") from None
