"""Landing on a real server: every record is accounted for once and keeps its values."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from direct_landing import TEXTS, land_bytes, line, stored
from platform_files import DECLARED, INVALID, VALID, is_as_delivered, name_of
from psycopg.sql import SQL, Identifier

from loaders.landing import TABLES, Source, land
from loaders.reading.documents import Document
from loaders.reading.reader import outcomes
from loaders.records import Landed, Reason, Rejected
from loaders.registry import recognise


@pytest.mark.parametrize("path", VALID + INVALID, ids=name_of)
def test_every_record_of_every_fixture_is_accounted_for(
    session: psycopg.Connection, path: Path
) -> None:
    with Document.open(path) as document:
        module, fmt = recognise(document)
        expected = list(outcomes(document, fmt, DECLARED))
        source = Source(workspace=f"fixture {path}", platform=module.PLATFORM)
        load = land(session, document, fmt, source, DECLARED)
    bad = [outcome for outcome in expected if isinstance(outcome, Rejected)]
    assert (load.n_in, load.n_landed + load.n_rejected) == (len(expected), len(expected))
    assert load.n_rejected == len(bad) == sum(load.reasons.values())
    row = session.execute(
        "select n_in, n_landed, n_rejected, content_sha256, run_seq, committed_at is not null"
        " from raw.loads where load_id = %s",
        (load.load_id,),
    ).fetchone()
    content = path.read_bytes()
    assert row == (load.n_in, load.n_landed, load.n_rejected, document.sha256, None, True)
    rows = session.execute(
        "select line_no, byte_offset, byte_count, raw, reason, detail, document"
        " from raw.rejects where load_id = %s order by line_no",
        (load.load_id,),
    ).fetchall()
    assert rows == [
        (
            out.line_no,
            out.byte_offset,
            out.byte_count,
            out.raw,
            out.reason,
            out.detail,
            out.document,
        )
        for out in bad
    ]
    for _, offset, size, raw, *_ in rows:
        assert is_as_delivered(raw, content[offset : offset + size])
    for kind, table in TABLES.items():
        records = [
            (outcome.line_no, type(record))
            for outcome in expected
            if isinstance(outcome, Landed)
            for record in outcome.records
            if type(record) is kind
        ]
        statement = SQL(
            "select line_no from raw.{} where load_id = %s order by line_no"
        ).format(Identifier(table.name))
        numbers = [number for (number,) in session.execute(statement, (load.load_id,))]
        assert numbers == [number for number, _ in records]


def test_the_same_bytes_land_once(session: psycopg.Connection, tmp_path: Path) -> None:
    content = b"".join(map(line, range(10))) + b"{broken\n"
    first = land_bytes(session, "once", content)
    assert first.is_new
    for again, name in (
        (content, "test"),
        (content, "another"),
        (gzip.compress(content), "gz"),
    ):
        load = land_bytes(session, "once", again, name)
        assert not load.is_new
        assert (load.load_id, load.received_at) == (first.load_id, first.received_at)
        assert (load.n_in, load.n_landed, load.n_rejected) == (11, 10, 1)
    assert stored(session, "once") == {"loads": 1, "interactions": 10, "rejects": 1}
    assert land_bytes(session, "twice", content).is_new
    assert land_bytes(session, "once", content + b"\n").is_new  # other bytes, the same records


def test_an_empty_document_is_a_load_of_nothing(session: psycopg.Connection) -> None:
    load = land_bytes(session, "nothing", b"", platform="generic")
    assert (load.is_new, load.n_in) == (True, 0)
    assert not land_bytes(session, "nothing", b"", platform="generic").is_new


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_texts_come_back_as_they_were(session: psycopg.Connection, text: str) -> None:
    workspace = f"text {TEXTS.index(text)}"
    land_bytes(session, workspace, line(1, text=text, metadata={text: [text, {"deep": text}]}))
    row = session.execute(
        "select text, metadata, metadata -> %s -> 1 ->> 'deep' from raw.interactions"
        " where workspace_id = %s",
        (text, workspace),
    ).fetchone()
    assert row == (text, {text: [text, {"deep": text}]}, text)
    message = {
        "id": "1",
        "type": "Default",
        "timestamp": "2026-03-01T10:00:00Z",
        "author": {"id": "7", "name": text},
        "content": text,
    }
    export = json.dumps({"channel": {"id": "5"}, "messages": [message]}).encode()
    land_bytes(session, workspace, export)
    row = session.execute(
        "select text, payload ->> 'content', payload -> 'author' ->> 'name'"
        " from raw.interactions where workspace_id = %s and platform = 'discord'",
        (workspace,),
    ).fetchone()
    assert row == (text, text, text)


def test_extreme_values_come_back_as_they_were(session: psycopg.Connection) -> None:
    most = 2**63 - 1
    times = ["1990-01-01T00:00:00Z", "2099-12-31T23:59:59.999999Z"]
    lines: list[dict[str, object]] = [
        {"record": "profile", "actor_id": most, "follower_count": most, "is_verified": False},
        {"record": "profile", "actor_id": "0", "follower_count": 0, "is_verified": True},
        {"record": "profile", "actor_id": "?", "follower_count": most + 1},
        {"record": "counter", "post_id": "p", "metric": "m", "value": most},
        {"record": "counter", "post_id": "p", "metric": "m", "value": -1},
        {"record": "post", "post_id": "first", "posted_at": times[0]},
        {"record": "post", "post_id": "last", "posted_at": times[1]},
    ]
    content = b"".join(json.dumps({"platform": "web", **row}).encode() + b"\n" for row in lines)
    content += line(1, metadata={"small": -most - 1, "large": 2**64, "real": 0.1, "none": None})
    load = land_bytes(session, "extremes", content)
    assert load.reasons == {Reason.INVALID_COUNT: 1}
    assert [note.field for note in load.notes] == ["follower_count"]
    counts = session.execute(
        "select actor_id, follower_count, is_verified from raw.profiles"
        " where workspace_id = 'extremes' order by line_no"
    ).fetchall()
    assert counts == [(str(most), most, False), ("0", 0, True), ("?", None, None)]
    values = session.execute("select value from raw.counters where workspace_id = 'extremes'")
    assert values.fetchall() == [(most,)]
    posted = session.execute(
        "select posted_at from raw.posts where workspace_id = 'extremes' order by line_no"
    ).fetchall()
    assert posted == [(datetime.fromisoformat(time),) for time in times]
    row = session.execute(
        "select metadata::text, occurred_at from raw.interactions"
        " where workspace_id = 'extremes'"
    ).fetchone()
    assert row is not None
    assert json.loads(row[0]) == {
        "small": -most - 1,
        "large": 2**64,
        "real": 0.1,
        "none": None,
    }
    assert row[1] == datetime(2026, 3, 1, 10, tzinfo=UTC)
