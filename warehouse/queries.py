"""Questions of analysts: one statement, read-only, with the marts in front.

Shape:  a statement in; column names and rows, or CSV, out.
Errors: psycopg errors of the statement; WarehouseError where no analyst role exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import psycopg
from psycopg import sql

from warehouse import database
from warehouse.connection import Target
from warehouse.embedded import server
from warehouse.errors import WarehouseError

MOST_ROWS = 1_000


@contextmanager
def analyst(target: Target) -> Iterator[psycopg.Connection]:
    """A read-only transaction as the analyst, search path on the marts."""
    with target.analyst().connect() as session:
        if not target.embedded:
            if not database.has_analyst(session):
                raise WarehouseError(
                    f"The role {server.ANALYST} does not exist on this server; let an "
                    f"administrator run `create role {server.ANALYST}; grant "
                    f"{server.ANALYST} to {target.user}`, then `warehouse run`."
                )
            session.execute(sql.SQL("set role {}").format(sql.Identifier(server.ANALYST)))
        session.execute(sql.SQL("set search_path to {}").format(sql.Identifier(database.MARTS)))
        session.execute("set transaction read only")
        yield session
        session.rollback()


def ask(session: psycopg.Connection, statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and at most one row more than `MOST_ROWS`; no columns: no result."""
    with session.cursor() as cursor:
        # a prepared statement is one statement: nothing can be smuggled in behind it
        cursor.execute(statement.encode(), prepare=True)
        if cursor.description is None:
            return [], []
        return [column.name for column in cursor.description], cursor.fetchmany(MOST_ROWS + 1)


def write_csv(session: psycopg.Connection, statement: str, stream: BinaryIO) -> None:
    """The whole result as CSV with a header, in bounded memory."""
    question = statement.strip().rstrip(";")
    command = f"copy (\n{question}\n) to stdout with (format csv, header)".encode()
    with session.cursor() as cursor, cursor.copy(command) as copy:
        for block in copy:
            stream.write(block)
