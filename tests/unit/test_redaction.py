"""Redaction removes private values from rejects and keeps them replayable."""

from __future__ import annotations

import io
from collections import Counter as Tally
from pathlib import Path

import msgspec
import pytest
from platform_files import DECLARED, VALID, apply, format_of, landed, name_of, rejected

from loaders.parsing.formats import Csv, Format
from loaders.privacy.private_fields import Kind, kind_of
from loaders.privacy.redaction import csv_edits, json_edits, redact
from loaders.reading.csv_stream import rows
from loaders.records import MAX_REJECT_BYTES, Record
from loaders.registry import modules


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


def test_what_is_too_large_is_known_to_be_cut() -> None:
    fmt = modules()["generic"].FORMATS[0]
    long = b'{"email": "a@b.de", "id": "%s"}' % (b"7" * MAX_REJECT_BYTES)
    (cut,) = rejected(apply(long, fmt))
    assert (cut.is_cut, cut.byte_count, len(cut.raw)) == (True, len(long), MAX_REJECT_BYTES)
    assert cut.raw.startswith(b'{"email": "x@x.xx"')
    (whole,) = rejected(apply(b'{"user_id": "a@b.de"}', fmt, DECLARED))
    assert not whole.is_cut
    assert len(whole.raw) > whole.byte_count  # a digest is longer than a short address
