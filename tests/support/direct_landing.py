"""Landing of bytes straight into a database, as the command line would do it."""

from __future__ import annotations

import io
import json

import psycopg
from platform_files import DECLARED
from psycopg.sql import SQL, Composed, Identifier

from loaders.landing import TABLES, Load, Source, land
from loaders.parsing.formats import Context
from loaders.reading.documents import Document
from loaders.registry import recognise


def line(number: int, **more: object) -> bytes:
    """Return one record of the exchange format."""
    record: dict[str, object] = {
        "record": "interaction",
        "platform": "web",
        "id": f"c{number}",
        "type": "comment",
        "actor_id": f"u{number % 97}",
        "occurred_at": "2026-03-01T10:00:00Z",
    }
    return json.dumps(record | more).encode() + b"\n"


def land_bytes(
    session: psycopg.Connection,
    workspace: str,
    content: bytes,
    name: str = "test",
    *,
    platform: str | None = None,
    context: Context = DECLARED,
) -> Load:
    """Land bytes as the command line would."""
    with Document.spool(io.BytesIO(content), name) as document:
        module, fmt = recognise(document, platform)
        return land(
            session,
            document,
            fmt,
            Source(workspace=workspace, platform=module.PLATFORM),
            context,
        )


def stored(session: psycopg.Connection, workspace: str) -> dict[str, int]:
    """Return how many loads, rows and rejects a workspace has."""
    found = {}
    for table in ("loads", *(table.name for table in TABLES.values())):
        statement = SQL("select count(*) from raw.{} where workspace_id = %s").format(
            Identifier(table)
        )
        found[table] = number_of(session, statement, workspace)
    found["rejects"] = number_of(
        session,
        SQL(
            "select count(*) from raw.rejects inner join raw.loads using (load_id)"
            " where workspace_id = %s"
        ),
        workspace,
    )
    return {name: count for name, count in found.items() if count}


def number_of(session: psycopg.Connection, statement: SQL | Composed, *values: object) -> int:
    row = session.execute(statement, values).fetchone()
    assert row is not None
    return int(row[0])


TEXTS = [
    "👩‍👩‍👧‍👦 🇳🇱 e\u0301 \U0001f6b2",
    "\u202eשלום\u202c مرحبا \u200f\u2066x\u2069",
    "\\ \\\\ \\. \\N \\x00 \\u0000 \\t \\n",
    "\\.",
    "tab\tnew\nline\r\ncarriage\r",
    "\"double\" 'single' $$dollar$$ %s %(x)s {brace}",
    "\x01\x08\x1f\x7f\x80\u2028\ufeff\uffff",
    "".join(map(chr, range(1, 32))) + '\\"\\',
    "\n\\.\n\\\\.\\\n],[\n]",
    "null",
    "NULL",
    " ",
    "",
    "ß" * 300_000,
]
