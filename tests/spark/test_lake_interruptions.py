"""Landing in a lake: killed anywhere, twice at once, half way, nothing is lost or seen half."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import killed_landings
import pytest
from copies import ROOT
from direct_landing import line
from lake_rows import files_of, of_lake

from warehouse.lake.layout import LOADS, Lake
from warehouse.lake.sink import ParquetSink
from warehouse.loading import Declared, load

pytestmark = pytest.mark.usefixtures("needs_spark")

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


def loading(lake: Path, *paths: Path) -> subprocess.Popen[str]:
    """A process that lands files in a lake, as people start it; no server is told."""
    environment = {name: value for name, value in os.environ.items() if "WAREHOUSE" not in name}
    return subprocess.Popen(
        [
            *(sys.executable, "-c", CHILD, "load", *map(str, paths)),
            *("--workspace", "acme", "--lake", str(lake)),
        ],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def stored(folder: Path) -> dict[str, int]:
    """Return how many rows of each table count."""
    lake = Lake(folder)
    if not lake.has_loads():
        return {}
    return {table: len(rows) for table, rows in of_lake(lake).items() if rows}


def test_a_landing_killed_at_any_operation(tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_text(
        "record,platform,id,type,actor_id,occurred_at,text\n"
        + "".join(
            f"interaction,web,c{number},comment,u{number},2026-03-0{number}{end},x\n"
            for number, end in ((1, "T10:00:00Z"), (2, "T10:00:00"), (3, "T10:00:00Z"))
        )
    )
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests" / "support"))),
    }
    said = subprocess.run(
        [sys.executable, killed_landings.__file__, str(tmp_path / "lakes"), str(file)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    lines: list[Any] = [json.loads(told) for told in said.stdout.splitlines()]
    assert [code for code, *_ in lines[:-1]] == [killed_landings.KILLED] * (len(lines) - 1)
    assert lines[-1][0] == 0
    assert len(lines) > 20
    seen = set()
    for number, (_, code, found) in enumerate(lines, 1):
        assert (number, code) == (number, 0), said.stderr
        (count, differences), after, left = found
        assert (number, differences, after, left) == (number, [], [2, []], [])
        seen.add(count)
    assert seen == {0, 1, 2}


def test_a_killed_process_leaves_nothing(tmp_path: Path) -> None:
    path, lake = tmp_path / "many.ndjson", tmp_path / "lake"
    path.write_bytes(b"".join(map(line, range(100_000))) + b"{broken\n")
    whole = {"loads": 1, "interactions": 100_000, "rejects": 1}
    dice = random.Random(7)
    unfinished = 0
    for _ in range(3):
        process = loading(lake, path)
        while process.poll() is None and not list(lake.rglob(".load-*.parquet")):
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        found = stored(lake)
        assert found in ({}, whole)
        unfinished += not found
    assert unfinished
    process = loading(lake, path)
    process.communicate()
    assert process.returncode == 4
    assert stored(lake) == whole
    assert len(files_of(Lake(lake), "interactions")) == 100_000  # the leavings are gone


def test_two_processes_at_once(tmp_path: Path) -> None:
    same, other, lake = (tmp_path / name for name in ("same.ndjson", "other.ndjson", "lake"))
    same.write_bytes(b"".join(map(line, range(20_000))))
    other.write_bytes(b"".join(line(number) for number in range(20_000, 30_000)))
    processes = [loading(lake, path) for path in (same, same, other)]
    said = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sum("same as load" in text for text in said) == 1
    assert stored(lake) == {"loads": 2, "interactions": 30_000}
    assert len(files_of(Lake(lake), "interactions")) == 30_000


def test_the_same_landed_meanwhile(tmp_path: Path) -> None:
    """Both write; the first manifest wins, and the other leaves nothing."""
    path, lake = tmp_path / "some.ndjson", tmp_path / "lake"
    path.write_bytes(b"".join(map(line, range(6_000))))
    first: list[Any] = []

    def meanwhile(name: str, count: int) -> None:
        assert stored(lake) == {}  # half a load is not seen
        with ParquetSink.open(lake) as other:
            first.extend(load(other, [str(path)], Declared("acme")))

    with ParquetSink.open(lake) as sink:
        (second,) = load(sink, [str(path)], Declared("acme"), meanwhile)
    assert second.load is not None
    assert (first[0].load.is_new, second.load.is_new) == (True, False)
    assert second.load.load_id == first[0].load.load_id
    assert stored(lake) == {"loads": 1, "interactions": 6_000}
    assert len(files_of(Lake(lake), "interactions")) == 6_000


def test_damage_in_the_middle_of_a_file_leaves_nothing(tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(map(line, range(20_000))))
    damaged, lake = tmp_path / "damaged.gz", tmp_path / "lake"
    damaged.write_bytes(packed[: len(packed) // 2])
    process = loading(lake, damaged)
    _, said = process.communicate()
    assert process.returncode == 1
    assert "damaged.gz: the gzip file is truncated" in said
    assert not list(lake.rglob("*.parquet"))
    assert files_of(Lake(lake), LOADS) == []


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux only")
def test_memory_is_bounded(tmp_path: Path) -> None:
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
    process = loading(tmp_path / "lake", path)
    _, said = process.communicate()
    assert process.returncode == 4, said
    assert stored(tmp_path / "lake") == {"loads": 1, "interactions": 60_064, "rejects": 8}
    high_water = int(said.split("VmHWM:")[1].split()[0]) * 1024
    assert high_water <= MAX_RSS_BYTES, high_water
