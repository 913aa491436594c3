"""Rejects in the database hold nothing private and replay with the same result."""

from __future__ import annotations

import io
from datetime import UTC
from typing import Any

import psycopg
import pytest
from platform_files import INVALID, VALID, rewritten
from psycopg import sql

from loaders.landing import Source, land
from loaders.parsing.formats import Context, Csv, Format
from loaders.reading.csv_stream import rows
from loaders.reading.documents import Document
from loaders.registry import modules, recognise
from warehouse import rejects
from warehouse.loading import Declared

SECRETS = (
    *("PRIVATE", "planted@example.com", "203.0.113.77", "2001:db8::77", "555 0123"),
    *("EAAplanted", "Plantedville", "device-77", "52.520077"),
)
PLANTED = {
    "email": "planted@example.com",
    "IP": "203.0.113.77",
    "userPhone": "+49 30 555 0123",
    "accessToken": "EAAplanted",
    "location": {"city": "Plantedville", "lat": 52.520077, "at": ["Plantedville"]},
    "deviceId": "device-77",
    "note": "from 203.0.113.77, 2001:db8::77 or planted@example.com",
    "link": "https://example.com/a?b=1&access_token=EAAplanted&c=2",
    "label": "E-Mail",
    "value": "planted@example.com",
    "json": '{"email": "planted@example.com", "json": "{\\"ip\\": \\"203.0.113.77\\"}"}',
}
UNREADABLE = "\ud800"  # half a surrogate pair


def _table(content: bytes, container: Csv) -> tuple[bytes, list[bytes]]:
    """The header line, if there is one, and the other records."""
    found = list(rows(io.BytesIO(content), container.delimiter, container.quoting))
    pieces = [piece[1] for piece in found if isinstance(piece, tuple)]
    return (b"", pieces) if container.columns else (pieces[0], pieces[1:])


def _spoilt(content: bytes, fmt: Format) -> bytes:
    """A fixture none of whose records can land, with something private in each of them."""
    if not isinstance(fmt.container, Csv):
        return rewritten(content, fmt, _planted)
    header, records = _table(content, fmt.container)
    sep = fmt.container.delimiter.encode()
    names, values = [b""], [b"planted@example.com", b"203.0.113.77"]
    if header:
        names = [header, b"e-mail", b"ip_address", b"Phone", b"Location"]
        values += [b"+49 30 555 0123", b'"Plantedville"']
    found = [sep.join([raw, *values, b"too many"]) for raw in records]
    return b"\n".join([sep.join(names), *found] if header else found)


def _planted(value: Any) -> Any:
    if isinstance(value, dict):
        return (
            PLANTED
            | {name: _planted(item) for name, item in value.items()}
            | {"zz": UNREADABLE}
        )
    return [_planted(item) for item in value] if isinstance(value, list) else value


def test_nothing_private_reaches_the_database(session: psycopg.Connection) -> None:
    for path in [*VALID, *INVALID]:
        with Document.open(path) as document:
            fmt = recognise(document)[1]
        content = path.read_bytes()
        contents = [content, content[: len(content) // 2], content[: len(content) * 9 // 10]]
        if path in VALID and content.strip():
            contents.append(_spoilt(content, fmt))
        for variant in contents:
            _land(session, variant, fmt, path.parts[-3])
    tried = session.execute(
        "select platform, sum(n_rejected) from raw.loads group by platform"
    ).fetchall()
    assert {platform for platform, count in tried if count > 10} == set(modules())
    columns = session.execute(
        "select table_name, column_name, data_type from information_schema.columns"
        " where table_schema = 'raw' and data_type in ('text', 'bytea', 'jsonb')"
    ).fetchall()
    assert len(columns) > 40
    for table, column, kind in columns:
        reads = "encode({}, 'escape')" if kind == "bytea" else "{}::text"
        query = sql.SQL(
            "select distinct secret from raw.{} cross join unnest(%s::text[]) as secret"
            " where strpos({}, secret) > 0"
        ).format(sql.Identifier(table), sql.SQL(reads).format(sql.Identifier(column)))
        assert session.execute(query, (list(SECRETS),)).fetchall() == [], (table, column)


def _land(
    session: psycopg.Connection, content: bytes, fmt: Format, platform: str, zone: bool = True
) -> int:
    with Document.spool(io.BytesIO(content), "test") as document:
        context = Context(account="declared", timezone=UTC if zone else None)
        source = Source(workspace="with" if zone else "without", platform=platform)
        return land(session, document, fmt, source, context).load_id


BATCH = b"""{"batch": [
{"uuid": "1", "event": "$pageview", "distinct_id": "ada@example.com",
 "timestamp": "2026-03-01T10:00:00", "properties": {"$ip": "203.0.113.77", "$current_url": "https://example.com/a?b=203.0.113.77"}},
{"event": "$pageview", "distinct_id": "bo@example.com",
 "timestamp": "2026-03-01T10:00:01", "properties": "{\\"$ip\\": \\"203.0.113.77\\"}"}
], "api_key": "EAAplanted"}"""
MEMBERS = b"""FirstName,LastName,Email,InvitedBy,JoinedDate,Question1,Answer1
Ada,Lane,planted@example.com,,2026-02-01T10:00:00,Why?,"Plantedville, it is"
Bo,Reed,planted@example.com,,2026-02-02T10:00:00,Why?,
"""


@pytest.mark.parametrize(("platform", "content"), [("product", BATCH), ("skool", MEMBERS)])
def test_a_replay_says_what_would_have_been_said(
    session: psycopg.Connection, platform: str, content: bytes
) -> None:
    with Document.spool(io.BytesIO(content), "test") as document:
        fmt = recognise(document)[1]
    direct = _land(session, content, fmt, platform)
    without = _land(session, content, fmt, platform, zone=False)
    kept = session.execute(
        "select raw, document, byte_count, is_cut, document_offset from raw.rejects"
        " where load_id = %s",
        (without,),
    ).fetchall()
    assert len(kept) == 2
    for raw, document_of_it, _, is_cut, _ in kept:
        assert raw in document_of_it
        assert not is_cut
    if platform == "product":  # one document holds both
        assert len({offset for *_, offset in kept}) == 1
    (again,) = [
        replayed.load
        for replayed in rejects.replay(session, None, Declared("", timezone="UTC"))
        if replayed.load_id == without
    ]
    assert again is not None
    said = [
        {
            row[0]
            for row in session.execute(
                "select to_jsonb(one) - array['load_id', 'line_no', 'workspace_id']::text[]"
                " #>> '{}' from raw.interactions as one where load_id = %s",
                (load_id,),
            )
        }
        for load_id in (direct, again.load_id)
    ]
    assert len(said[0]) == 2
    assert said[0] == said[1]
