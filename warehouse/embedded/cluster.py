"""The cluster itself: made by initdb, configured, its roles and databases.

Source: initdb of the chosen version; passwords from the state folder.
Shape:  UTF8, UTC, checksums; superuser `warehouse` and read-only login `warehouse_analyst`;
        loopback TCP and a private socket, scram everywhere; no right of `public` is left
        that would let a reader write.
Errors: WarehouseError with initdb's last lines; psycopg.Error and OSError as they come.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

import psycopg
from psycopg import sql

from warehouse import connecting, state
from warehouse.analysts import ANALYST, keep_role
from warehouse.embedded.account import Account, run
from warehouse.embedded.failures import program_failed
from warehouse.embedded.placement import make_private
from warehouse.embedded.processes import READY_SECONDS

HOST = "127.0.0.1"
SUPERUSER = "warehouse"
SETTINGS = {
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "password_encryption": "scram-sha-256",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "max_connections": "50",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}

SHARE_OF_MEMORY = 8  # that is one eighth: others live on the machine, too
FEWEST_MIB, MOST_MIB = 128, 1024

_LOCALES = {  # by version, the first that the machine knows
    18: [["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]],
    16: [["--locale=C.UTF-8", "--lc-messages=C"], ["--locale=C"]],
}
_ACCESS = f"local all all scram-sha-256\nhost all all {HOST}/32 scram-sha-256\n"


def initialise(
    programs: Path, version: int, place: Path, account: Account | None, secret: str
) -> None:
    """Run initdb beside the final place and move it there, so it exists whole or not.

    `secret` becomes the password of `SUPERUSER`.
    """
    fresh = place / f"data.new-{secrets.token_hex(4)}"  # an initdb may have survived it
    secret_file = place / "initial.password"
    command = [
        programs / "initdb",
        *("-D", fresh),
        *(f"--username={SUPERUSER}", f"--pwfile={secret_file}", "--auth=scram-sha-256"),
        *("--encoding=UTF8", "--data-checksums", "--no-instructions"),
        *("-c", f"shared_buffers={shared_buffers()}"),
        *(word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")),
    ]
    try:
        secret_file.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(secret_file, flags, 0o600), "w") as stream:
            stream.write(secret)
            if account is not None:
                os.fchown(stream.fileno(), account.uid, account.gid)
        said = ""
        for locale in _LOCALES[version]:
            shutil.rmtree(fresh, ignore_errors=True)
            make_private(fresh, account)
            code, said = run([*command, *locale], account)
            if code == 0:
                break
        else:
            raise program_failed(place, "The embedded server could not be made", said)
        (fresh / "pg_hba.conf").write_text(_ACCESS, "ascii")
        fresh.rename(place / "data")
    finally:
        secret_file.unlink(missing_ok=True)
        shutil.rmtree(fresh, ignore_errors=True)


def shared_buffers() -> str:
    """The server's own cache of pages; a run over many rows reads them from there."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    return f"{max(FEWEST_MIB, min(MOST_MIB, memory // SHARE_OF_MEMORY))}MB"


def remove_drafts(place: Path) -> None:
    """Remove what a killed `initialise` left behind, as far as its initdb lets us."""
    for left in place.glob("data.new-*"):
        shutil.rmtree(left, ignore_errors=True)  # its initdb may still write


def make_roles(home: Path, record: state.Record) -> None:
    """Make the analyst's login and close the databases that come with the cluster."""
    secret = state.password(home, ANALYST, generate=True)
    with _session(home, record, "postgres") as session:
        keep_role(session, ANALYST, secret=secret)
        for name in ("postgres", "template1"):
            with _session(home, record, name) as inside:
                _close(inside, sql.Identifier(name), open_to_analyst=False)


def make_database(home: Path, record: state.Record, name: str) -> None:
    """Make the database `name` where there is none, closed to all but our two roles."""
    with _session(home, record, "postgres") as session:
        query = "select datacl is not null from pg_database where datname = %s"
        found = session.execute(query, [name]).fetchone()
        if found == (True,):  # the rights are granted last, so all before is done
            return
        database = sql.Identifier(name)
        if found is None:
            session.execute(sql.SQL("create database {}").format(database))
        with _session(home, record, name) as inside:
            _close(inside, database, open_to_analyst=True)


def _close(
    session: psycopg.Connection, database: sql.Identifier, *, open_to_analyst: bool
) -> None:
    """Take from everybody what would let a reader write: temporary tables, large objects."""
    session.execute("revoke create on schema public from public")
    session.execute(
        "revoke execute on function lo_creat(integer), lo_create(oid), "
        "lo_from_bytea(oid, bytea) from public"
    )
    session.execute(sql.SQL("revoke all on database {} from public").format(database))
    if open_to_analyst:
        grant = sql.SQL("grant connect on database {} to {}")
        session.execute(grant.format(database, sql.Identifier(ANALYST)))


def _session(home: Path, record: state.Record, database: str) -> psycopg.Connection:
    """A superuser's connection, in which each statement stands for itself."""
    return connecting.connect(
        READY_SECONDS,
        host=HOST,
        hostaddr=HOST,
        port=record.port,
        user=SUPERUSER,
        password=state.password(home, SUPERUSER, generate=False),
        dbname=database,
        sslmode="disable",
        gssencmode="disable",
        connect_timeout=10,
        autocommit=True,
    )
