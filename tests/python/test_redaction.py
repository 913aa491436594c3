"""What is private does not reach the database with a reject, and a reject can be replayed."""

from __future__ import annotations

import io
from collections import Counter as Tally
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from platform_files import (
    DECLARED,
    INVALID,
    VALID,
    apply,
    format_of,
    landed,
    name_of,
    rejected,
    rewritten,
)
from psycopg import sql

from loaders.csv_stream import rows
from loaders.documents import Document
from loaders.formats import Context, Csv, Format
from loaders.landing import Source, land
from loaders.private_fields import Kind, kind_of
from loaders.recognition import modules, recognise
from loaders.records import MAX_REJECT_BYTES, Record
from loaders.redaction import csv_edits, json_edits, redact
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


def _json(raw: bytes) -> bytes:
    return redact(raw, json_edits(raw))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"email": "ada.l@example.com"}', b'{"email": "xxx.x@xxxxxxx.xxx"}'),
        (b'{"ip":"203.0.113.9","lat":-52.5,"x":1}', b'{"ip":"111.1.111.1","lat":-11.1,"x":1}'),
        (b'{"phone":"+49 30 12","name":"Ada"}', b'{"phone":"+11 11 11","name":"Ada"}'),
        (b'{"geo":[{"a":"b","c":[1]}],"d":[2]}', b'{"geo":[{"a":"x","c":[1]}],"d":[2]}'),
        (b'{"city": null, "device": true}', b'{"city": null, "device": true}'),
        (b'{"city": "K\xc3\xb6ln\\n\\"7\\""}', b'{"city": "xxxxxxxxx1xx"}'),
        (b'{"name": "a@b.de"}', b'{"name": "x@x.xx"}'),
        (b'{"name": "a\\u0040b.de"}', b'{"name": "xxxxxx@x.xx"}'),
        (b'{"user_id": "a@b.de"}', b'{"user_id": "email:'),
        # what people write stays
        (b'{"text": "a@b.de, 1.2.3.4"}', b'{"text": "a@b.de, 1.2.3.4"}'),
        (b'{"text": ["to a@b.de", {"text": "b@c"}]}', b'{"text": ["to a@b.de", {"text": "b@'),
        (b'[["2020", "write to a@b.de", "ada"]]', b'[["2020", "write to a@b.de", "ada"]]'),
        (b'{"comment": {"message": "a@b.de"}}', b'{"comment": {"message": "a@b.de"}}'),
        # links
        (b'{"u": "http://e.de/?v=7&token=ab"}', b'{"u": "http://e.de/?v=7&token=xx"}'),
        (b'{"page_url": "http://e.de/a?b=cd"}', b'{"page_url": "http://e.de/a?x=xx"}'),
        (b'{"next_token": "ab"}', b'{"next_token": "ab"}'),
        # broken
        (b'{"id": 1, "email": "ada@exam', b'{"id": 1, "email": "xxx@xxxx'),
        (b'{"id": 1, "from": "ada@exam', b'{"id": 1, "from": "xxx@xxxx'),
        (b'{"ip": "1.2.3.4\\', b'{"ip": "1.1.1.1x'),
        (b'{"geo": {"a": ["b", "cd', b'{"geo": {"a": ["x", "xx'),
        (b'da@example.com", "a": 1}', b'xx@xxxxxxx.xxx", "a": 1}'),
        # JSON within JSON
        (b'{"p": "{\\"ip\\": \\"ab\\"}"}', b'{"p": "{\\"ip\\": \\"xx\\"}"}'),
    ],
)  # fmt: skip
def test_json(raw: bytes, expected: bytes) -> None:
    assert _json(raw)[: len(expected)] == expected
    assert _json(_json(raw)) == _json(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"7,a@b.de,a@b.de", b"7,x@x.xx,a@b.de"),
        (b'7,"a,""b""","c, d"', b'7,"x,""x""","c, d"'),
        (b"7,8,a@b.de,more", b"7,1,x@x.xx,more"),  # the address is in either of two columns
        (b"a@b.de,t", b"x@x.xx,x"),
        (b'7,"a,b', b'7,"x,b'),
    ],
)
def test_csv(raw: bytes, expected: bytes) -> None:
    assert redact(raw, csv_edits(raw, ("id", "email", "text"), ",", "doubled")) == expected


def test_names() -> None:
    private = (
        "email eMail E-Mail-Adresse telephoneNumber last_ip IP $ip clientIp user_ipaddress"
    )
    private += " DeviceModel geo_latitude locationInformation accessToken api_key Answer1"
    assert {kind_of(name) for name in private.split()} == {Kind.PRIVATE}
    plain = (
        "id clip vip_until platform next_token dvce_created_tstamp event_fingerprint geofence"
    )
    assert {kind_of(name) for name in plain.split()} == {Kind.PLAIN}
    assert (
        kind_of("commentText") == kind_of("Comment Text") == kind_of("full_text") == Kind.TEXT
    )


def _tally(records: list[Record]) -> Tally[bytes]:
    return Tally(msgspec.json.encode(rec, order="deterministic") for rec in records)


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_redacted_fixtures_say_the_same(path: Path) -> None:
    content, fmt = path.read_bytes(), format_of(path)
    redacted = _redacted_file(content, fmt)
    assert b"PRIVATE" not in redacted
    assert _redacted_file(redacted, fmt) == redacted
    found = landed(apply(redacted, fmt, name=path.name))
    assert _tally(found) == _tally(landed(apply(content, fmt, name=path.name)))


def _redacted_file(content: bytes, fmt: Format) -> bytes:
    if not isinstance(fmt.container, Csv):
        return _json(content)
    found, (header, cells) = [], _table(content, fmt.container)
    for raw in cells:
        names = fmt.container.columns or tuple(header.decode("utf-8-sig").split(","))
        edits = csv_edits(raw, names, fmt.container.delimiter, fmt.container.quoting)
        found.append(redact(raw, edits))
    return b"\n".join([header, *found] if header else found)


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


def test_what_is_too_large_is_known_to_be_cut() -> None:
    fmt = modules()["generic"].FORMATS[0]
    long = b'{"email": "a@b.de", "id": "%s"}' % (b"7" * MAX_REJECT_BYTES)
    (cut,) = rejected(apply(long, fmt))
    assert (cut.is_cut, cut.byte_count, len(cut.raw)) == (True, len(long), MAX_REJECT_BYTES)
    assert cut.raw.startswith(b'{"email": "x@x.xx"')
    (whole,) = rejected(apply(b'{"user_id": "a@b.de"}', fmt, DECLARED))
    assert not whole.is_cut
    assert len(whole.raw) > whole.byte_count  # a digest is longer than a short address
