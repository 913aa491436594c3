"""An interrupted, failed or slow load leaves nothing behind, on a real server."""

from __future__ import annotations

import gzip
import io
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from copies import ROOT
from direct_landing import land_bytes, line, stored
from platform_files import DECLARED
from psycopg import errors

from loaders.landing import Load, Source, land
from loaders.reading.documents import Document
from loaders.registry import recognise
from warehouse.connection import Target

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
