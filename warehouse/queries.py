"""Questions of analysts: one statement, read-only, with the marts in front.

Shape:  a statement in; column names and rows, CSV or JSON out, in bounded memory.
Errors: WarehouseError in one sentence: what PostgreSQL says of the statement and, where the
        question went past the marts, what there is to ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import psycopg
from psycopg import errors, sql

from warehouse import analysts, database
from warehouse.connection import Target
from warehouse.errors import USAGE, WarehouseError

MOST_ROWS = 1_000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBERS = {"int2", "int4", "int8", "numeric", "float4", "float8"}

_FORBIDDEN = (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)


@contextmanager
def analyst(target: Target, marts: str = database.MARTS) -> Iterator[psycopg.Connection]:
    """A read-only transaction as the analyst, search path on the schema `marts`."""
    login = target.analyst()
    # a plain cursor: a question names schemas as they are
    with login.connect(cursor_factory=psycopg.Cursor) as session:
        become_analyst(session, target)
        found = session.execute(
            "select to_regnamespace(quote_ident(%s))", (target.prefix + marts,)
        ).fetchone()
        if marts != database.MARTS and (found is None or found[0] is None):
            name = marts.removesuffix(f"_{database.MARTS}")
            raise WarehouseError(
                f"There is no schema {marts}; `warehouse run --as-of … --schema {name}` "
                "builds it.",
                USAGE,
            )
        session.execute(
            sql.SQL("set search_path to {}").format(sql.Identifier(target.prefix + marts))
        )
        session.execute("set transaction read only")
        yield session
        session.rollback()


def become_analyst(session: psycopg.Connection, target: Target) -> None:
    """Give a session of `target.analyst()` the rights and limits of the role that only reads.

    On the embedded server they come with its login. A login of the user's own does more, so
    that session switches to the role.
    """
    if target.embedded:
        return
    analyst = f"{target.prefix}{analysts.ANALYST}"
    missing = f"create role {analyst}; "
    if analysts.exists(session, analyst):
        missing = ""
        try:
            session.execute(sql.SQL("set role {}").format(sql.Identifier(analyst)))
        except errors.InsufficientPrivilege:
            session.rollback()
        else:
            for name, value in analysts.SETTINGS.items():
                session.execute(
                    sql.SQL("set {} = {}").format(sql.Identifier(name), sql.Literal(value))
                )
            return
    raise WarehouseError(
        f"{target.user} cannot use {analyst}, the role that only reads; let an "
        f"administrator run `{missing}grant {analyst} to {target.user}`, then the owner "
        "`warehouse up`."
    )


def ask(session: psycopg.Connection, statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return column names and at most one row more than `MOST_ROWS`; no columns: no result."""
    with _told(session), _answering(session, _question(statement)) as cursor:
        if cursor.description is None:
            return [], []
        return [column.name for column in cursor.description], cursor.fetchmany(MOST_ROWS + 1)


def write_csv(
    session: psycopg.Connection, statement: str, stream: BinaryIO, *, is_safe: bool = False
) -> None:
    """Write the whole result as CSV with a header.

    With `is_safe` a text that a spreadsheet would take for a formula gets an apostrophe in
    front. Numbers stay as they are.
    """
    question = _question(statement)
    with _told(session), session.cursor() as cursor:
        # a prepared statement is one statement: nothing can be smuggled in behind it
        cursor.execute(b"explain " + question, prepare=True)
        if is_safe:
            _write_safe(cursor, question, stream)
            return
        with cursor.copy(b"copy (\n%b\n) to stdout (format csv, header)" % question) as copy:
            for block in copy:
                stream.write(block)
    stream.flush()


def write_json(session: psycopg.Connection, statement: str, stream: BinaryIO) -> None:
    """Write the whole result as one JSON array with an object per row, a row a line."""
    question = _question(statement)
    with _told(session), session.cursor() as cursor:
        cursor.execute(b"explain " + question, prepare=True)
        is_first = True
        rows = b"copy (select to_json(answer) from (\n%b\n) as answer) to stdout" % question
        stream.write(b"[")
        with cursor.copy(rows) as copy:
            for (row,) in copy.rows():
                stream.write((b"\n" if is_first else b",\n") + str(row).encode())
                is_first = False
        stream.write(b"]\n" if is_first else b"\n]\n")
    stream.flush()


def _write_safe(cursor: psycopg.Cursor, question: bytes, stream: BinaryIO) -> None:
    """The same as CSV, with no cell that a spreadsheet would compute."""
    cursor.execute(b"select * from (\n%b\n) as answer limit 0" % question)
    assert cursor.description is not None
    columns = [column.name for column in cursor.description]
    is_number = [
        (found := cursor.adapters.types.get(column.type_code)) is not None
        and found.name in _NUMBERS
        for column in cursor.description
    ]
    stream.write(",".join(_field(harmless(column)) for column in columns).encode() + b"\n")
    with cursor.copy(b"copy (\n%b\n) to stdout" % question) as copy:
        for row in copy.rows():
            fields = (
                _field(value if number or value is None else harmless(value))
                for value, number in zip(row, is_number, strict=True)
            )
            stream.write(",".join(fields).encode() + b"\n")
    stream.flush()


def harmless(cell: str) -> str:
    """Return a text that a spreadsheet shows; what it would compute gets an apostrophe."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA_STARTS) else cell


def _field(value: str | None) -> str:
    """A field as PostgreSQL writes it: null is empty, an empty text is two quotes."""
    if value is None:
        return ""
    if value and not any(char in value for char in ',"\r\n'):
        return value
    return '"' + value.replace('"', '""') + '"'


@contextmanager
def _answering(session: psycopg.Connection, question: bytes) -> Iterator[Any]:
    """A cursor with the answer: one of the server where the statement can have one."""
    # preparing runs nothing, and takes one statement alone
    prepared = session.pgconn.prepare(b"", question)
    if prepared.status != psycopg.pq.ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(prepared, session.info.encoding)
    try:
        with session.transaction(), session.cursor(name="question") as cursor:
            cursor.execute(question)
            yield cursor
            return
    except errors.SyntaxError:  # `explain` and `show` cannot be declared, and are small
        pass
    with session.cursor() as plain:
        plain.execute(question, prepare=True)
        yield plain


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
        raise WarehouseError("Ask one question at a time; remove what follows `;`.") from None
    except errors.ObjectNotInPrerequisiteState:
        # PostgreSQL names the view that cannot be written to: often one that the mart reads
        raise WarehouseError(
            "Analysts may only read the marts, and nobody can write to them; "
            "use `warehouse psql` for everything else."
        ) from None
    except _FORBIDDEN as error:
        said = error.diag.message_primary
        raise WarehouseError(
            f"Analysts may only read the marts (PostgreSQL says: {said}); "
            "use `warehouse psql` for everything else."
        ) from None
    except errors.UndefinedTable as error:
        said = error.diag.message_primary
        session.rollback()
        if names := mart_names(session):
            sentence = f"PostgreSQL says: {said}. The marts are {', '.join(names)}."
        else:
            sentence = (
                "There are no marts yet; `warehouse load` and then `warehouse run` build them."
            )
        raise WarehouseError(sentence) from None


def mart_names(session: psycopg.Connection) -> list[str]:
    rows = session.execute(
        "select relname::text from pg_class where relnamespace = to_regnamespace("
        "current_schema()) and relkind in ('r', 'v') order by relname"
    )
    return [name for (name,) in rows]
