"""Locks that let one process of a kind work at a time.

Source: an empty table of `raw` per kind, such as raw.run_lock.
Shape:  a context in which this process holds the lock.
Errors: WarehouseError with exit code 3 where another process holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import sql

from warehouse import schemas
from warehouse.errors import BUSY, WarehouseError


@contextmanager
def alone(session: psycopg.Connection, table: str, busy: str) -> Iterator[int]:
    """Hold the lock of a table of `raw`; yield the server process that has it.

    It is held in a transaction on a connection of its own, so it also excludes others through
    a pool of connections, and goes with the connection, however this process ends. `busy`:
    the sentence for people where another process holds it.
    """
    holder = psycopg.connect(
        session.info.dsn,
        password=session.info.password or None,
        cursor_factory=session.cursor_factory,
    )
    try:
        try:
            holder.execute(
                sql.SQL("lock table {} in exclusive mode nowait").format(
                    sql.Identifier("raw", table)
                )
            )
        except psycopg.errors.LockNotAvailable:
            raise WarehouseError(busy, BUSY) from None
        yield holder.info.backend_pid
    finally:
        with suppress(psycopg.Error):  # the server may be gone, and the lock with it
            holder.rollback()
        holder.close()


def is_held(session: psycopg.Connection, table: str) -> bool:
    """Whether a process holds the lock of a table of `raw`."""
    row = session.execute(
        "select exists ("
        " select from pg_locks as lck"
        " inner join pg_database as dat on lck.database = dat.oid"
        " where lck.relation = to_regclass(%s) and lck.mode = 'ExclusiveLock' and lck.granted"
        " and dat.datname = current_database())",
        (f"{schemas.named(session, 'raw')}.{table}",),
    ).fetchone()
    return bool(row and row[0])
