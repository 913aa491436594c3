"""Backup of the whole database to one file, and restore from it.

Both are PostgreSQL's own programs with the right address and login: a file of `backup` is a
custom-format dump, which `pg_restore` reads without this project.

Source: the database in use; for a restore a dump and a database without any load.
Shape:  one file, readable by its owner alone: it holds what people wrote.
Units:  the dump is one consistent snapshot; loads and runs may go on meanwhile.
Errors: WarehouseError in one sentence; a restore that fails leaves the database as it was, and
        a backup that fails leaves no file.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from warehouse import database, schemas, tenants
from warehouse.connection import Target
from warehouse.embedded import server
from warehouse.errors import WarehouseError

ENCRYPTED = ("require", "verify-ca", "verify-full")
SCHEMAS = ("marts", "core", "staging", "seeds", "upgrade", "raw")

_SCHEMA = re.compile(r" SCHEMA - (\w+)")


def program(target: Target, name: str) -> str:
    """Return the path of one of PostgreSQL's programs that can reach the server.

    For a server of the user's own, one on the PATH comes first: the bundled ones cannot
    encrypt.
    """
    own = None if target.embedded else shutil.which(name)
    if own is None and target.sslmode in ENCRYPTED:
        raise WarehouseError(
            f"The bundled {name} cannot encrypt, and the address asks for "
            f"sslmode={target.sslmode}; install PostgreSQL's client (Debian: "
            "postgresql-client), then try again."
        )
    return own or str(server.bin_dir() / name)


def write(target: Target, file: Path) -> int:
    """Write a backup of the database, with a prefix of its own schemas; return the size."""
    if file.exists():
        raise WarehouseError(
            f"{file} already exists and was not overwritten; name another file."
        )
    draft = file.with_name(f".{file.name}.part")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        own = [f'--schema="{name}"' for name in _own_schemas(target)] if target.prefix else []
        _run(target, "pg_dump", "--format=custom", "--no-owner", *own, f"--file={draft}")
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)
    return file.stat().st_size


def _own_schemas(target: Target) -> list[str]:
    """Return the schemas that carry the mark of this warehouse: acme_raw, not acme_uk_raw."""
    with target.connect() as session:
        rows = session.execute(
            "select nspname from pg_namespace"
            " where position(%s in obj_description(oid, 'pg_namespace')) > 0 order by nspname",
            (schemas.mark(target.prefix),),
        ).fetchall()
    if not rows:
        raise WarehouseError(
            f"The database {target.dbname} has no schemas of the prefix {target.prefix}; there "
            "is nothing to back up."
        )
    return [name for (name,) in rows]


def restore(target: Target, session: psycopg.Connection, file: Path) -> None:
    """Restore a backup into a database that holds no load; the caller has prepared it."""
    if not file.is_file():
        raise WarehouseError(f"There is no file {file}; name the backup to restore.")
    loads = session.execute("select exists (select from raw.loads)").fetchone()
    if loads != (False,):
        raise WarehouseError(
            f"The database {target.dbname} already holds loads; nothing was changed. Restore "
            "into an empty one: set WAREHOUSE_HOME to a new folder, or DATABASE_URL to a new "
            "database."
        )
    listed = _run(target, "pg_restore", "--list", str(file))  # before anything is dropped
    found = [name for name in _SCHEMA.findall(listed) if name.endswith("raw")]
    if f"{target.prefix}raw" not in found:
        raise WarehouseError(
            f"{file} holds no schema {target.prefix}raw but {', '.join(found) or 'others'}; "
            f"nothing was changed. Set {schemas.VARIABLE} as it was at the backup."
        )
    script = file.with_name(f".{file.name}.sql")
    try:
        os.close(os.open(script, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        _run(target, "pg_restore", "--no-owner", f"--file={script}", str(file))
        names = (
            sql.SQL(", ")
            .join(sql.Identifier(target.prefix + name) for name in SCHEMAS)
            .as_string(session)
        )
        tenants.make_roles(session, _SCHEMA.findall(listed))
        _run(
            target,
            "psql",
            *("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
            f"--command=drop schema if exists {names} cascade",
            f"--file={script}",
        )
    finally:
        script.unlink(missing_ok=True)
    database.prepare(session)
    session.execute("analyze")


def _run(target: Target, name: str, *arguments: str) -> str:
    """Run one of PostgreSQL's programs and return its output.

    Its last line of errors says what was wrong.
    """
    done = subprocess.run(
        [program(target, name), *arguments],
        env={**os.environ, **target.environment()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["it did not say why"])[-1]
        raise WarehouseError(f"{name} failed ({said}); nothing was changed.")
    return done.stdout
