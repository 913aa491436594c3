"""Landing on a real server: everything accounted for, once, wholly or not at all."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from platform_files import DECLARED, FIXTURES, INVALID, VALID, is_as_delivered, name_of
from psycopg import errors
from psycopg.sql import SQL, Composed, Identifier
from worlds import ROOT

from loaders.documents import Document
from loaders.formats import Context
from loaders.landing import TABLES, Load, Source, land
from loaders.reading import outcomes
from loaders.recognition import recognise
from loaders.records import MAX_RECORD_BYTES, MAX_REJECT_BYTES, Landed, Reason, Rejected
from warehouse import rejects
from warehouse.connection import Target
from warehouse.loading import Declared

MAX_RSS_BYTES = 512 * 1024 * 1024
CHILD = """\
import atexit, pathlib, sys
def high_water():
    text = pathlib.Path("/proc/self/status").read_text()
    print(next(line for line in text.splitlines() if line.startswith("VmHWM")), file=sys.stderr)
atexit.register(high_water)
from warehouse.cli import main
main()
"""


def line(number: int, **more: object) -> bytes:
    """One record of the exchange format."""
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
    """How many loads, rows and rejects a workspace has."""
    found = {}
    for table in ("loads", *(table.name for table in TABLES.values())):
        statement = SQL("select count(*) from raw.{} where workspace_id = %s").format(
            Identifier(table)
        )
        found[table] = _number(session, statement, workspace)
    found["rejects"] = _number(
        session,
        SQL(
            "select count(*) from raw.rejects inner join raw.loads using (load_id)"
            " where workspace_id = %s"
        ),
        workspace,
    )
    return {name: count for name, count in found.items() if count}


def _number(session: psycopg.Connection, statement: SQL | Composed, *values: object) -> int:
    row = session.execute(statement, values).fetchone()
    assert row is not None
    return int(row[0])


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


# Interruptions ---------------------------------------------------------------------------


def loading(
    target: Target, workspace: str, *paths: Path | str, **options: Any
) -> subprocess.Popen[str]:
    """A process that lands files, as people start it."""
    address = f"postgresql://{target.user}:{target.password}@{target.host}:{target.port}/{target.dbname}"
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, "load", *map(str, paths), "--workspace", workspace],
        env={**os.environ, "DATABASE_URL": address},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def await_copy(session: psycopg.Connection, process: subprocess.Popen[str]) -> None:
    """Until another connection is writing rows."""
    for _ in range(1_000):
        row = session.execute(
            "select 1 from pg_stat_activity where datname = current_database()"
            " and query like 'copy raw.%' and pid <> pg_backend_pid()"
        ).fetchone()
        if row or process.poll() is not None:
            return
        time.sleep(0.01)


def await_quiet(session: psycopg.Connection) -> None:
    """Until the server has noticed that the others are gone."""
    for _ in range(500):
        others = session.execute(
            "select 1 from pg_stat_activity where datname = current_database()"
            " and backend_type = 'client backend' and pid <> pg_backend_pid()"
        ).fetchone()
        if others is None:
            return
        time.sleep(0.02)
    raise AssertionError("a connection stayed open")


def test_a_killed_process_leaves_nothing(
    target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "many.ndjson"
    path.write_bytes(b"".join(line(number) for number in range(100_000)) + b"{broken\n")
    whole = {"loads": 1, "interactions": 100_000, "rejects": 1}
    dice = random.Random(7)
    unfinished = 0
    for number in range(3):
        process = loading(target, f"killed {number}".replace(" ", "-"), path)
        await_copy(session, process)
        time.sleep(dice.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        await_quiet(session)
        found = stored(session, f"killed-{number}")
        assert found in ({}, whole)
        unfinished += not found
    assert unfinished
    process = loading(target, "killed-0", path)
    process.communicate()
    assert process.returncode == 4
    assert stored(session, "killed-0") == whole


def test_two_processes_at_once(
    target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    same, other = tmp_path / "same.ndjson", tmp_path / "other.ndjson"
    same.write_bytes(b"".join(line(number) for number in range(20_000)))
    other.write_bytes(b"".join(line(number) for number in range(20_000, 30_000)))
    processes = [loading(target, "race", path) for path in (same, same, other)]
    said = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sum("same as load" in text for text in said) == 1
    assert stored(session, "race") == {"loads": 2, "interactions": 30_000}


def test_an_error_of_the_server_leaves_nothing_and_rejects_nothing(
    target: Target, session: psycopg.Connection
) -> None:
    content = b"".join(map(line, range(12_000)))

    def land_in(connection: psycopg.Connection, **options: Any) -> Load:
        with Document.spool(io.BytesIO(content), "test") as document:
            module, fmt = recognise(document)
            source = Source(workspace="broken off", platform=module.PLATFORM)
            return land(connection, document, fmt, source, DECLARED, **options)

    def terminate(_: int) -> None:
        session.execute("select pg_terminate_backend(%s)", (victim.info.backend_pid,))

    with target.connect(autocommit=True) as victim, pytest.raises(psycopg.OperationalError):
        land_in(victim, on_progress=terminate)
    assert stored(session, "broken off") == {}
    patient = target.connect(autocommit=True, options="-c statement_timeout=200")
    with patient, target.connect() as blocker:
        blocker.execute("lock table raw.interactions in access exclusive mode")
        with pytest.raises(errors.QueryCanceled):
            land_in(patient)
    assert stored(session, "broken off") == {}
    assert land_in(session).is_new
    assert stored(session, "broken off") == {"loads": 1, "interactions": 12_000}


def test_damage_in_the_middle_of_a_file_leaves_nothing(
    target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    packed = gzip.compress(b"".join(map(line, range(20_000))))
    damaged = tmp_path / "damaged.gz"
    damaged.write_bytes(packed[: len(packed) // 2])
    process = loading(target, "damaged", damaged)
    _, said = process.communicate()
    assert process.returncode == 1
    assert "damaged.gz: the gzip file is truncated" in said
    assert stored(session, "damaged") == {}


def test_a_slow_load_is_taken_up_by_the_next_run(
    target: Target, session: psycopg.Connection
) -> None:
    begin = "select raw.begin_run(%s)"
    with target.connect() as slow, slow.transaction():
        early = land_bytes(slow, "slow", line(1))
        late = land_bytes(session, "slow", line(2))
        assert early.load_id < late.load_id
        first = session.execute(begin, ("first",)).fetchone()
    second = session.execute(begin, ("second",)).fetchone()
    assert first and second and first < second
    taken = session.execute(
        "select load_id, run_seq from raw.loads where workspace_id = 'slow' order by load_id"
    ).fetchall()
    assert taken == [(early.load_id, second[0]), (late.load_id, first[0])]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux only")
def test_memory_is_bounded(target: Target, session: psycopg.Connection, tmp_path: Path) -> None:
    """300 MB: small records, large texts, large metadata, large rejects."""
    parts = [b"".join(line(number, text="word " * 400) for number in range(1_000))] * 60
    parts += [line(1, text="x" * 4_000_000)] * 4
    parts += [line(2, metadata={"x": "y" * 4_000_000})] * 60
    parts += [b'{"record": "?", "x": "%s"}\n' % (b"z" * 4_000_000)] * 8
    path = tmp_path / "large.ndjson.gz"
    with path.open("wb") as stream:
        packed = {part: gzip.compress(part, 1) for part in set(parts)}
        for part in parts:
            stream.write(packed[part])
    assert sum(map(len, parts)) > 300_000_000
    process = loading(target, "large", path)
    _, said = process.communicate()
    assert process.returncode == 4, said
    assert stored(session, "large") == {"loads": 1, "interactions": 60_064, "rejects": 8}
    high_water = int(said.split("VmHWM:")[1].split()[0]) * 1024
    assert high_water <= MAX_RSS_BYTES / 2


# Values ----------------------------------------------------------------------------------

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
    assert load.reasons == {Reason.INVALID_COUNT: 2}
    counts = session.execute(
        "select actor_id, follower_count, is_verified from raw.profiles"
        " where workspace_id = 'extremes' order by line_no"
    ).fetchall()
    assert counts == [(str(most), most, False), ("0", 0, True)]
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


# Replays ---------------------------------------------------------------------------------


def replay(
    session: psycopg.Connection, workspace: str, reason: str | None = None, **declared: str
) -> list[tuple[int, int, int]]:
    """Try a workspace's open rejects again: how many were tried, landed and cut, by load."""
    loads = session.execute(
        "select load_id from raw.loads where workspace_id = %s", (workspace,)
    )
    ours = {load_id for (load_id,) in loads}
    said = Declared("", None, declared.get("account"), declared.get("timezone"))
    return [
        (found.tried, found.landed, found.cut)
        for found in rejects.replay(session, reason, said)
        if found.load_id in ours
    ]


def open_rejects(session: psycopg.Connection, workspace: str) -> list[tuple[str, bytes]]:
    """Reason and bytes of what is still rejected."""
    return session.execute(
        "select reason, raw from raw.rejects inner join raw.loads using (load_id)"
        " where workspace_id = %s and replay_load_id is null order by load_id, line_no",
        (workspace,),
    ).fetchall()


def texts(session: psycopg.Connection, workspace: str) -> list[str]:
    """The texts of a workspace's interactions."""
    rows = session.execute(
        "select text from raw.interactions where workspace_id = %s order by text", (workspace,)
    )
    return [text for (text,) in rows]


@pytest.fixture
def clean(session: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A database in which only the test's own rejects are open."""
    session.execute(
        "update raw.rejects set replay_load_id = load_id where replay_load_id is null"
    )
    yield session


NAIVE = "2026-03-01T10:00:00"


def test_a_replay_lands_what_a_time_zone_was_missing_for(clean: psycopg.Connection) -> None:
    content = line(1) + line(2, occurred_at=NAIVE) + line(3, id="") + line(4, occurred_at=NAIVE)
    assert land_bytes(clean, "naive", content, context=Context()).n_rejected == 3
    before = stored(clean, "naive"), open_rejects(clean, "naive")
    assert replay(clean, "naive") == [(3, 0, 0)]
    assert replay(clean, "naive", "invalid_id", timezone="Europe/Berlin") == [(1, 0, 0)]
    assert (stored(clean, "naive"), open_rejects(clean, "naive")) == before
    assert replay(clean, "naive", "naive_time", timezone="Europe/Berlin") == [(2, 2, 0)]
    assert open_rejects(clean, "naive") == [("invalid_id", line(3, id="").rstrip())]
    row = clean.execute(
        "select int.occurred_at, lds.replay_of is not null, lds.timezone, lds.n_in, lds.run_seq"
        " from raw.interactions as int inner join raw.loads as lds using (load_id)"
        " where int.workspace_id = 'naive' and int.native_id = 'c4'"
    ).fetchone()
    assert row == (datetime(2026, 3, 1, 9, tzinfo=UTC), True, "Europe/Berlin", 2, None)
    assert replay(clean, "naive", timezone="Europe/Berlin") == [(1, 0, 0)]


def test_a_replay_may_land_a_part(clean: psycopg.Connection) -> None:
    content = line(1, occurred_at=NAIVE) + line(2, id="")
    land_bytes(clean, "part", content, context=Context())
    assert replay(clean, "part", timezone="UTC") == [(2, 1, 0)]
    assert open_rejects(clean, "part") == [("invalid_id", line(2, id="").rstrip())]
    after = stored(clean, "part")
    assert replay(clean, "part", timezone="UTC") == [(1, 0, 0)]
    assert stored(clean, "part") == after


def test_records_of_a_document_are_replayed_within_it(clean: psycopg.Connection) -> None:
    def message(number: int, **more: object) -> dict[str, object]:
        said = {"type": "Default", "timestamp": NAIVE, "author": {"id": "7", "name": "Ada"}}
        return {"id": str(number), "content": f"message {number}", **said, **more}

    export = {
        "guild": {"id": "9", "name": "Garden"},
        "messages": [message(1), message(2, timestamp="noon"), message(3)],
        "channel": {"id": "5", "name": "general"},
    }
    pretty = json.dumps(export, indent=2).encode()
    assert land_bytes(clean, "discord", pretty, context=Context()).n_rejected == 3
    assert replay(clean, "discord", timezone="UTC") == [(3, 2, 0)]
    assert texts(clean, "discord") == ["message 1", "message 3"]
    posts = clean.execute(
        "select distinct post_id, community_id from raw.posts where workspace_id = 'discord'"
    )
    assert posts.fetchall() == [("5", "9")]
    ((reason, raw),) = open_rejects(clean, "discord")
    assert (reason, json.loads(raw)["id"]) == ("invalid_time", "2")
    assert replay(clean, "discord", timezone="UTC") == [(1, 0, 0)]


def test_csv_records_are_replayed_below_their_header(clean: psycopg.Connection) -> None:
    content = (FIXTURES / "youtube/invalid/naive_time.local.csv").read_bytes()
    assert land_bytes(clean, "csv", content, context=Context()).n_rejected == 1
    assert replay(clean, "csv", timezone="UTC") == [(1, 1, 0)]
    assert texts(clean, "csv") == ["fine", "fine", "text"]


def test_parts_of_one_item_are_replayed_together(
    clean: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(number: int, created: object, **more: object) -> dict[str, object]:
        said = {"item": "comment", "verb": "add", "post_id": "1_2", "message": str(number)}
        person = {"from": {"id": "7", "name": "Ada"}, "comment_id": f"1_{number}"}
        value: dict[str, object] = {**said, **person, "created_time": created}
        return {"field": "feed", "value": value | more}

    changes = [
        change(1, 1772359200),
        change(2, 9_999_999_999),
        change(3, 9_999_999_999),
        change(4, 1772359200, comment_id=""),
    ]
    body = json.dumps({"object": "page", "entry": [{"id": "1", "changes": changes}]}).encode()
    assert land_bytes(clean, "webhook", body).n_rejected == 3
    before = stored(clean, "webhook")
    assert replay(clean, "webhook", "time_out_of_range") == [(3, 0, 0)]
    assert stored(clean, "webhook") == before
    monkeypatch.setattr("loaders.times.YEARS", range(1990, 2300))
    assert replay(clean, "webhook", "time_out_of_range") == [(3, 2, 0)]
    assert sorted(set(texts(clean, "webhook"))) == ["1", "2", "3"]
    ((reason, raw),) = open_rejects(clean, "webhook")
    assert (reason, json.loads(raw)["value"]["message"]) == ("missing_field", "4")


def test_identical_messages_stay_several_in_a_replay(clean: psycopg.Connection) -> None:
    """Without ids two equal comments are told apart by their place alone."""
    comment = {"username": "ada", "nickname": "Ada", "comment": "❤", "create_time": NAIVE}
    other = {**comment, "comment": "!"}
    scrape = {
        "caption": "A video",
        "video_url": "https://www.tiktok.com/@kettle/video/7613438614168352650",
        "comments": [
            {**comment, "replies": [other, other]},
            comment,
            {**comment, "replies": [other, other]},
            comment,
        ],
    }
    content = json.dumps(scrape).encode()
    land_bytes(clean, "at once", content)
    assert land_bytes(clean, "later", content, context=Context()).n_rejected == 8
    assert replay(clean, "later", timezone="UTC") == [(8, 8, 0)]
    keys = "select native_id from raw.interactions where workspace_id = %s order by 1"
    at_once = clean.execute(keys, ("at once",)).fetchall()
    assert len(set(at_once)) == 8
    assert clean.execute(keys, ("later",)).fetchall() == at_once


def test_what_was_not_kept_whole_is_not_replayed(clean: psycopg.Connection) -> None:
    large = line(1, text="x" * MAX_RECORD_BYTES)
    content = large + line(2, occurred_at=NAIVE)
    assert land_bytes(clean, "cut", content, context=Context()).n_rejected == 2
    assert replay(clean, "cut", timezone="UTC") == [(1, 1, 1)]
    assert open_rejects(clean, "cut") == [("too_large", large[:MAX_REJECT_BYTES])]
    assert replay(clean, "cut", timezone="UTC") == [(0, 0, 1)]
    assert texts(clean, "cut") == [None]
