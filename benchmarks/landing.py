"""Landing against `psql \\copy` of the same rows, in the same server, turn by turn.

Source: one file of the exchange format; its rows, written out by COPY once they have landed.
Shape:  per way of landing the seconds of each turn. Ways take turns, so that whatever else
        the machine does meets all of them; tables are emptied before each.
Units:  seconds of the landing alone: processes are up and connected before the clock starts,
        and of psql what its own \\timing says.
Errors: BenchmarkError when a way of landing fails.
"""

from __future__ import annotations

import multiprocessing
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.processes import peak_bytes
from benchmarks.server import psql
from loaders.landing import TABLES, Source, land
from loaders.parsing.formats import Context
from loaders.reading.documents import Document
from loaders.registry import recognise
from warehouse.connection import Target

COPY = "psql \\copy into bare tables"
INDEXED = "psql \\copy into indexed tables"
ONE, TWO = "landing, one process", "landing, two processes"
TURNS = 3
PATIENCE = 3_600  # seconds that a process may take

_TIME = re.compile(r"^Time: ([0-9.]+) ms", re.MULTILINE)
_NAMES = tuple(table.name for table in TABLES.values())


@dataclass
class Measured:
    """What came of all turns. `peak_bytes`: of memory, in one process that lands."""

    records: int = 0
    rejected: int = 0
    peak_bytes: int = 0
    seconds: dict[str, list[float]] = field(default_factory=dict)


def measure(target: Target, path: Path, on_turn: Callable[[str], None]) -> Measured:
    """Land the file and copy its rows, `TURNS` times each."""
    measured = Measured()
    halves = _halves(path)
    with target.connect(autocommit=True) as session:
        on_turn("what to copy")
        _prepare(session)
        _land(target, [path], measured)
        _write_rows(session, target, path.parent)
        ways: dict[str, Callable[[], float]] = {
            COPY: lambda: _copy(target, path.parent, "bare"),
            INDEXED: lambda: _copy(target, path.parent, "indexed"),
            ONE: lambda: _land(target, [path], measured),
            TWO: lambda: _land(target, halves, measured),
        }
        for turn in range(TURNS):
            for name, way in ways.items():
                on_turn(f"{name}, {turn + 1} of {TURNS}")
                _empty(session)
                measured.seconds.setdefault(name, []).append(way())
    return measured


def _prepare(session: psycopg.Connection) -> None:
    """Tables like those of raw: without indexes, and with the same ones."""
    for schema, like in (("bare", ""), ("indexed", "including all")):
        session.execute(f"create schema {schema}")
        for name in _NAMES:
            statement = sql.SQL("create table {} (like {} {})").format(
                sql.Identifier(schema, name), sql.Identifier("raw", name), sql.SQL(like)
            )
            session.execute(statement)


def _empty(session: psycopg.Connection) -> None:
    """Begin as at first: no rows, nothing waiting to be written."""
    for schema in ("bare", "indexed", "raw"):
        for name in _NAMES:
            session.execute(sql.SQL("truncate {}").format(sql.Identifier(schema, name)))
    session.execute("truncate raw.loads, raw.rejects cascade")
    session.execute("checkpoint")


def _write_rows(session: psycopg.Connection, target: Target, folder: Path) -> None:
    """Write what has landed to files in COPY's text format; leave out empty tables."""
    for name in _NAMES:
        if session.execute(
            sql.SQL("select from raw.{} limit 1").format(sql.Identifier(name))
        ).rowcount:
            psql(target, f"\\copy raw.{name} to '{folder / name}.copy'\n")


def _copy(target: Target, folder: Path, schema: str) -> float:
    """Copy all rows by psql."""
    commands = [
        f"\\copy {schema}.{path.stem} from '{path}'\n" for path in sorted(folder.glob("*.copy"))
    ]
    said = psql(target, "\\timing on\n" + "".join(commands))
    return sum(float(milliseconds) for milliseconds in _TIME.findall(said)) / 1000


def _land(target: Target, paths: list[Path], measured: Measured) -> float:
    """Land each file in a process of its own, all at once."""
    spawning = multiprocessing.get_context("spawn")
    barrier, answers = spawning.Barrier(len(paths) + 1), spawning.Queue()
    processes = [
        spawning.Process(target=_work, args=(target, path, barrier, answers)) for path in paths
    ]
    for process in processes:
        process.start()
    try:
        barrier.wait(PATIENCE)
        begun = time.perf_counter()
        barrier.wait(PATIENCE)
        seconds = time.perf_counter() - begun
        found = [answers.get(timeout=PATIENCE) for _ in processes]
    except BaseException:
        for process in processes:
            process.terminate()
        raise
    finally:
        for process in processes:
            process.join()
    measured.records = sum(n_in for n_in, _, _ in found)
    measured.rejected = sum(n_rejected for _, n_rejected, _ in found)
    measured.peak_bytes = max(measured.peak_bytes, *(peak for _, _, peak in found))
    return seconds


def _work(
    target: Target, path: Path, barrier: Barrier, answers: Queue[tuple[int, int, int]]
) -> None:
    """One process that lands one file, as `warehouse load` does."""
    try:
        with target.connect(autocommit=True) as session:
            barrier.wait(PATIENCE)
            with Document.open(path) as document:
                module, fmt = recognise(document)
                source = Source(workspace="benchmarks", platform=module.PLATFORM)
                load = land(session, document, fmt, source, Context())
            barrier.wait(PATIENCE)
    except BaseException:
        barrier.abort()
        raise
    answers.put((load.n_in, load.n_rejected, peak_bytes()))


def _halves(path: Path) -> list[Path]:
    """The file in two, parted between lines."""
    content = path.read_bytes()
    middle = content.find(b"\n", len(content) // 2) + 1
    halves = [path.with_name(f"half_{number}.ndjson") for number in (1, 2)]
    halves[0].write_bytes(content[:middle])
    halves[1].write_bytes(content[middle:])
    return halves
