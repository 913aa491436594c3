"""The demo's own database, beside the user's.

Source: the server that the environment names, or the embedded one.
Shape:  a `Target`; the database is created where it does not exist.
Errors: WarehouseError where it cannot be created.
"""

from __future__ import annotations

from dataclasses import replace

import psycopg
from psycopg import sql

from warehouse import connection
from warehouse.connection import Target
from warehouse.errors import WarehouseError

SUFFIX = "_demo"


def resolve() -> Target:
    """Return the demo's database; create it where it does not exist."""
    if connection.is_embedded():
        return connection.resolve(f"warehouse{SUFFIX}")
    target = connection.resolve()
    name = f"{target.dbname}{SUFFIX}"
    with target.connect(autocommit=True) as session:
        if session.execute("select 1 from pg_database where datname = %s", (name,)).fetchone():
            return replace(target, dbname=name)
        try:
            session.execute(
                sql.SQL("create database {} template template0 encoding 'UTF8'").format(
                    sql.Identifier(name)
                )
            )
        except psycopg.errors.InsufficientPrivilege:
            raise WarehouseError(
                f"The demo needs its own database {name}, and {target.user} may not "
                f"create it; let an administrator run `create database {name} owner "
                f"{target.user}`, then try again."
            ) from None
    return replace(target, dbname=name)
