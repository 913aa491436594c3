"""Continuous mode: what lands is run, outages and other runs are waited for, signals end it."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from command_line import GOOD, Console, process
from psycopg import sql

from warehouse import runs, watch
from warehouse.cli import INTERRUPTED
from warehouse.connection import Target
from warehouse.errors import WarehouseError
from warehouse.events import Event
from warehouse.runs import Outcome
from warehouse.watch import Pause

LONGEST = 120  # seconds for anything that should happen
QUICK = ("--every", "200ms")


class Watching:
    """A process that watches, and the events that it tells."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self.running = running
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.running.stdout is not None
        for line in self.running.stdout:
            self.lines.put(line)

    def line(self) -> str:
        """Return the next line."""
        return self.lines.get(timeout=LONGEST).rstrip("\n")

    def event(self, name: str) -> dict[str, Any]:
        """Return the next event, which has this name."""
        told: dict[str, Any] = json.loads(self.line())
        assert told["event"] == name, told
        return told

    def ends(self, number: signal.Signals) -> None:
        """A signal ends it well, and soon."""
        self.running.send_signal(number)
        assert self.running.wait(timeout=LONGEST) == 0
        assert self.running.stderr is not None
        assert self.running.stderr.read() == ""


@contextmanager
def watching(target: Target, *arguments: str) -> Iterator[Watching]:
    """Watch in a process."""
    running = process(target, "watch", *QUICK, *arguments)
    try:
        yield Watching(running)
    finally:
        running.kill()
        running.wait()


@pytest.fixture(scope="module")
def run_once(warehouse: Console) -> Console:
    """A warehouse whose last run was whole, so that nothing is new."""
    assert warehouse("run").code == 0
    return warehouse


def record(key: str, actor: str = "u") -> bytes:
    """Return a record of an actor."""
    told = GOOD.replace(b'"id":"1"', f'"id":"{key}"'.encode())
    return told.replace(b'"actor_id":"u"', f'"actor_id":"{actor}"'.encode())


def test_what_is_new_is_landed_and_run(
    run_once: Console, target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    assert run_once
    with watching(target, str(tmp_path), "-w", "acme", "--log", "json") as seen:
        began = seen.event("watch_began")
        assert (began["paths"], began["every_seconds"]) == ([str(tmp_path)], 0.2)
        with runs.run_lock(session):
            (tmp_path / "a.ndjson").write_bytes(record("a"))
            landed = seen.event("load_landed")
            assert (landed["record_count"], landed["is_new"]) == (1, True)
            seen.event("run_postponed")
            (tmp_path / "b.txt").write_bytes(b"nonsense")
            assert "b.txt" in seen.event("load_refused")["problem"]
            time.sleep(1)  # it is told once
        seen.event("run_began")
        ran = seen.event("run_ended")
        assert (ran["is_successful"], ran["load_count"], ran["posted_count"]) == (True, 1, 1)
        assert seen.event("followers_added")["follower_count"] == 1
        (tmp_path / "c.ndjson").write_bytes(record("c", "somebody else"))
        seen.event("load_landed")
        seen.event("run_began")
        seen.running.send_signal(signal.SIGTERM)  # between steps: the run goes to its end
        assert seen.event("run_ended")["posted_count"] == 1
        assert seen.event("followers_added")["follower_count"] == 1
        seen.event("watch_ended")
        assert seen.running.wait(timeout=LONGEST) == 0
    rows = session.execute("select count(*) from marts.followers where workspace_id = 'acme'")
    assert rows.fetchone() == (2,)


def test_a_database_that_is_away_is_told_once(
    run_once: Console, target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    assert run_once
    name = sql.Identifier(target.dbname)

    def admit(*, is_admitted: bool) -> None:
        with target.connect(dbname="postgres", autocommit=True) as other:
            other.execute(
                sql.SQL("alter database {} allow_connections {}").format(name, is_admitted)
            )

    with watching(target, str(tmp_path), "-w", "acme", "--log", "json") as seen:
        seen.event("watch_began")
        (tmp_path / "1.ndjson").write_bytes(b"nonsense")
        seen.event("load_refused")
        admit(is_admitted=False)
        try:
            session.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
            seen.event("database_lost")
            (tmp_path / "2.ndjson").write_bytes(b"nonsense")
            time.sleep(1)
            assert seen.lines.empty()
        finally:
            admit(is_admitted=True)
        seen.event("database_found")
        seen.event("load_refused")
        seen.ends(signal.SIGINT)


def test_a_second_signal_interrupts(
    run_once: Console, target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    assert run_once
    (tmp_path / "a.ndjson").write_bytes(record("interrupted"))
    waits = "select from pg_stat_activity where wait_event_type = 'Lock' and datname = %s"
    with (
        target.connect() as holder,
        watching(target, str(tmp_path), "-w", "acme", "--log", "json") as seen,
    ):
        holder.execute("lock table raw.interactions in exclusive mode")
        seen.event("watch_began")
        while session.execute(waits, (target.dbname,)).fetchone() is None:
            time.sleep(0.05)
        seen.running.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert seen.running.poll() is None
        seen.running.send_signal(signal.SIGINT)
        assert seen.running.wait(timeout=LONGEST) == 1
        assert seen.running.stderr is not None
        assert seen.running.stderr.read().strip() == f"✗ {INTERRUPTED}"
    asked = "select from raw.loads where source_name = %s"
    assert session.execute(asked, (str(tmp_path / "a.ndjson"),)).fetchone() is None


def test_lines_for_people(run_once: Console, target: Target, tmp_path: Path) -> None:
    assert run_once
    with watching(target) as seen:
        line = seen.line()
        assert line.endswith(" Watching the database every 0.2 s; Ctrl-C stops it.")
        seen.ends(signal.SIGINT)
        assert seen.line().endswith(" Stopped.")
    with watching(target, str(tmp_path), "-w", "acme") as seen:
        seen.line()
        (tmp_path / "a.txt").write_bytes(b"nonsense")
        assert " Not loaded: " in seen.line()
        seen.ends(signal.SIGTERM)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["."], "A PATH needs --workspace: name the client or brand."),
        (["-p", "web"], "Options about files need a PATH: name a folder to watch."),
        (["-", "-w", "acme"], "Standard input cannot be watched; name a folder."),
        (["nowhere", "-w", "acme"], "There is no folder or file nowhere; "),
        ([".", "-w", "a b"], "A workspace is a name of letters, digits, "),
    ],
)
def test_usage(warehouse: Console, arguments: list[str], sentence: str) -> None:
    assert warehouse.fails("watch", *arguments, code=2).startswith(sentence)


@pytest.mark.parametrize("every", ["5", "0s", "5 s", "50ms", "25h", "soon"])
def test_a_duration_has_a_unit(warehouse: Console, every: str) -> None:
    said = warehouse("watch", "--every", every)
    assert said.code == 2
    assert "give a time from 100ms to 24h, like 5s, 2m or 1h." in said.err


# -- in this process --


def test_pauses_double() -> None:
    pause = Pause(0.05, 0.15)
    assert pause.is_over
    assert [pause.begin(problem) for problem in ("a", "a", "b")] == [True, False, True]
    assert pause.seconds == 0.15
    assert not pause.is_over
    pause.end()
    assert pause.is_over
    assert pause.begin("a")
    assert pause.seconds == 0.05


def watch_for(
    target: Target, seconds: float, until: Callable[[list[Event]], bool] = lambda _: False
) -> list[Event]:
    """Watch nothing but the database; return the events."""
    told: list[Event] = []
    stopping = threading.Event()

    def emit(event: Event) -> None:
        told.append(event)
        if until(told):
            stopping.set()

    timer = threading.Timer(seconds, stopping.set)
    timer.start()
    watch.watch([], every=0.02, resolve=lambda: target, emit=emit, stopping=stopping)
    timer.cancel()
    return told


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_run_that_fails_is_not_repeated_at_once(
    target: Target, monkeypatch: pytest.MonkeyPatch, is_refused: bool
) -> None:
    def fail(*_: object, **__: object) -> Outcome:
        if is_refused:
            raise WarehouseError("seeds/retention.csv, line 2: no number.")
        return Outcome(is_successful=False, seconds=0, is_held=True)

    monkeypatch.setattr(runs, "has_news", lambda _: True)
    monkeypatch.setattr(runs, "run", fail)
    told = watch_for(target, 1.5)
    count = len(told)
    # 0.02 + 0.04 + … s: some attempts within a second and a half, not one a round
    assert count == 1 if is_refused else 4 <= count <= 8


def test_a_wrong_address_ends_it() -> None:
    def refuse() -> Target:
        raise WarehouseError("DATABASE_URL is not an address of PostgreSQL.", 2)

    with pytest.raises(WarehouseError, match="is not an address"):
        watch.watch([], every=1, resolve=refuse, emit=print, stopping=threading.Event())
