"""Hostile documents in a real database: what is stored is what was parsed, byte by byte.

Shape:  a document and its outcomes; each lands as a workspace of its own.
Errors: AssertionError naming the document.
"""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import msgspec
import psycopg
from hostile import Hostile
from platform_files import DECLARED, rejected
from psycopg.sql import SQL, Identifier

from loaders.landing import TABLES, Source, land
from loaders.reading.documents import Document
from loaders.records import Landed, Outcome
from warehouse import rejects

_REJECTS = (
    "select line_no, byte_offset, byte_count, raw, document, reason, detail"
    " from raw.rejects where load_id = %s order by line_no"
)


def check_landed(session: psycopg.Connection, made: Hostile, outcomes: list[Outcome]) -> None:
    """Land a document and compare every row with what its outcomes say."""
    with Document.spool(io.BytesIO(made.content), made.source) as document:
        source = Source(workspace=made.name, platform=made.platform)
        load = land(session, document, made.fmt, source, DECLARED)
    bad = rejected(outcomes)
    assert (load.n_in, load.n_rejected) == (len(outcomes), len(bad)), made.name
    assert load.n_landed + load.n_rejected == load.n_in, made.name
    for kind, table in TABLES.items():
        fields = kind.__struct_fields__
        json_fields = {table.columns[place] for place in table.json}
        columns = [
            SQL("{}::text" if field in json_fields else "{}").format(Identifier(field))
            for field in ("line_no", *fields)
        ]
        query = SQL("select {} from raw.{} where load_id = %s").format(
            SQL(", ").join(columns), Identifier(table.name)
        )
        rows = [
            (row[0], *_comparable(dict(zip(fields, row[1:], strict=True)), json_fields))
            for row in session.execute(query, (load.load_id,))
        ]
        expected = [
            (outcome.line_no, *_comparable(msgspec.structs.asdict(record), json_fields))
            for outcome in outcomes
            if isinstance(outcome, Landed)
            for record in outcome.records
            if type(record) is kind
        ]
        assert sorted(rows, key=_place) == sorted(expected, key=_place), (made.name, table.name)
    assert session.execute(_REJECTS, (load.load_id,)).fetchall() == [
        (
            out.line_no,
            out.byte_offset,
            out.byte_count,
            out.raw,
            out.document,
            out.reason,
            out.detail,
        )
        for out in bad
    ], made.name


def _comparable(row: dict[str, Any], json_fields: set[str]) -> list[Any]:
    """Values as they have to be: texts as bytes, JSON by what it says."""
    return [
        _said(value)
        if field in json_fields
        else value.encode()
        if isinstance(value, str)
        else value
        for field, value in row.items()
    ]


def _place(row: tuple[Any, ...]) -> str:
    """Return what rows are put in order by: all but their JSON."""
    return repr([value for value in row if not isinstance(value, dict | list)])


def _said(value: Any) -> Any:
    if value is None:
        return None
    text = value if isinstance(value, str | bytes) else msgspec.json.encode(value)
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def check_replayed(session: psycopg.Connection) -> None:
    """Try all rejects again: each is tried, or too large to have been kept whole."""
    row = session.execute("select count(*) from raw.rejects").fetchone()
    replays = list(rejects.replay(session, None, None))
    assert row == (sum(found.tried + found.cut for found in replays),)
