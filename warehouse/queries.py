"""Questions of analysts: one statement, read-only, with the marts in front.

Shape:  a statement in; column names and rows, or CSV, out.
Errors: WarehouseError in one sentence: what PostgreSQL says of the statement and, where the
        question went past the marts, what there is to ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import psycopg
from psycopg import errors, sql

from warehouse import database
from warehouse.connection import Target
from warehouse.embedded import server
from warehouse.errors import USAGE, WarehouseError

MOST_ROWS = 1_000

_FORBIDDEN = (
    errors.InsufficientPrivilege,
    errors.ReadOnlySqlTransaction,
    errors.ObjectNotInPrerequisiteState,  # says that a view cannot be written to
)


@contextmanager
def analyst(target: Target, marts: str = database.MARTS) -> Iterator[psycopg.Connection]:
    """A read-only transaction as the analyst, search path on the schema `marts`."""
    with target.analyst().connect() as session:
        if not target.embedded:
            _become_analyst(session, target)
        found = session.execute("select to_regnamespace(quote_ident(%s))", (marts,)).fetchone()
        if marts != database.MARTS and (found is None or found[0] is None):
            name = marts.removesuffix(f"_{database.MARTS}")
            raise WarehouseError(
                f"There is no schema {marts}; `warehouse run --as-of … --schema {name}` "
                "builds it.",
                USAGE,
            )
        session.execute(sql.SQL("set search_path to {}").format(sql.Identifier(marts)))
        session.execute("set transaction read only")
        yield session
        session.rollback()


def _become_analyst(session: psycopg.Connection, target: Target) -> None:
    """Switch to the role that may only read; a login of the user's own does more."""
    missing = f"create role {server.ANALYST}; "
    if database.has_analyst(session):
        missing = ""
        try:
            session.execute(sql.SQL("set role {}").format(sql.Identifier(server.ANALYST)))
        except errors.InsufficientPrivilege:
            session.rollback()
        else:
            return
    raise WarehouseError(
        f"{target.user} cannot ask as {server.ANALYST}, the role that may only read; let an "
        f"administrator run `{missing}grant {server.ANALYST} to {target.user}`, then the owner "
        "`warehouse up`."
    )


def ask(session: psycopg.Connection, statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and at most one row more than `MOST_ROWS`; no columns: no result."""
    with _told(session), session.cursor() as cursor:
        # a prepared statement is one statement: nothing can be smuggled in behind it
        cursor.execute(_question(statement), prepare=True)
        if cursor.description is None:
            return [], []
        return [column.name for column in cursor.description], cursor.fetchmany(MOST_ROWS + 1)


def write_csv(session: psycopg.Connection, statement: str, stream: BinaryIO) -> None:
    """The whole result as CSV with a header, in bounded memory."""
    question = _question(statement)
    with _told(session), session.cursor() as cursor:
        # for the same reason, and so that errors are told in the words of the question
        cursor.execute(b"explain " + question, prepare=True)
        with cursor.copy(b"copy (\n%b\n) to stdout (format csv, header)" % question) as copy:
            for block in copy:
                stream.write(block)
    stream.flush()


def _question(statement: str) -> bytes:
    """The statement without what may end it."""
    question = statement.strip().rstrip(";").rstrip()
    if not question:
        raise WarehouseError('Ask something, like "select * from followers limit 10".', USAGE)
    return question.encode()


@contextmanager
def _told(session: psycopg.Connection) -> Iterator[None]:
    """Say what to do where PostgreSQL only says what is wrong."""
    try:
        yield
    except errors.SyntaxError as error:
        if "multiple commands" not in str(error):
            raise
        raise WarehouseError(
            "Ask one question at a time: leave out what follows `;`."
        ) from None
    except _FORBIDDEN as error:
        said = error.diag.message_primary
        raise WarehouseError(
            f"Analysts only read, and only the marts (PostgreSQL says: {said}); "
            "`warehouse psql` is for everything else."
        ) from None
    except errors.UndefinedTable as error:
        said = error.diag.message_primary
        session.rollback()
        if names := _marts(session):
            sentence = f"PostgreSQL says: {said}. The marts are {', '.join(names)}."
        else:
            sentence = (
                "There are no marts yet: `warehouse load` and then `warehouse run` make them."
            )
        raise WarehouseError(sentence) from None


def _marts(session: psycopg.Connection) -> list[str]:
    rows = session.execute(
        "select relname::text from pg_class where relnamespace = to_regnamespace(%s)"
        " and relkind in ('r', 'v') order by relname",
        (database.MARTS,),
    )
    return [name for (name,) in rows]
