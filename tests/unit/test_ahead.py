"""What is read before somebody asks: which workspaces, when, and never too much of the time."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from warehouse.web import ahead
from warehouse.web.ahead import Ahead
from warehouse.web.problems import ProblemError
from warehouse.web.standing import Standing, Watch

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PATIENCE = 20.0
FIRST = Standing(1, NOW, True, NOW, NOW, None, ["acme", "bolt"])


class Seen(Watch):
    """A watch that sees what a test says."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(None)  # type: ignore[arg-type]  # it asks no database
        self.standing = standing
        self.looks = 0

    def look(self) -> Standing:
        """Return the standing."""
        self.looks += 1
        return self.standing


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Seen:
    monkeypatch.setattr("warehouse.web.standing.MOST_SECONDS", 10**12)
    return Seen(FIRST)


class Reader:
    """Notes what is read, in steps."""

    def __init__(self, steps: int = 2) -> None:
        self.read: list[tuple[str, str]] = []
        self._steps = steps

    def __call__(self, _: Standing, workspace: str, moment: str) -> Iterator[None]:
        """Note each step."""
        for _step in range(self._steps):
            self.read.append((workspace, moment))
            yield

    def workspaces(self) -> list[str]:
        """Return whose steps were done, and forget them."""
        found, self.read = [workspace for workspace, _ in self.read], []
        return found


def test_all_are_read_at_first_and_then_those_that_somebody_asks_about(watch: Seen) -> None:
    reader = Reader(1)
    reads = Ahead(watch, reader)
    reads.look()
    assert reader.workspaces() == ["acme", "bolt"]
    for asked in ("bolt", "gone", "x'; drop table y"):
        watch.note(asked)
    reads.look()
    assert reader.workspaces() == []  # it is kept
    watch.standing = replace(FIRST, run_seq=2)
    reads.look()
    reads.look()
    assert reader.workspaces() == ["bolt"]


def test_those_asked_about_last_come_first(
    watch: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "MOST_WORKSPACES", 1)
    reader = Reader(1)
    reads = Ahead(watch, reader)
    reads.look()
    assert reader.workspaces() == ["acme"]
    for workspace in ("bolt", "acme", "bolt"):
        watch.note(workspace)
        time.sleep(0.001)
    reads.look()
    assert reader.workspaces() == ["bolt"]


def test_nobody_asks_so_nothing_is_looked_at(watch: Seen) -> None:
    reads = Ahead(watch, Reader())
    reads.look()
    looks = watch.looks
    watch.standing = replace(FIRST, run_seq=2)
    reads.look()
    assert watch.looks == looks
    assert watch.asked(0.0) == []


def test_nothing_is_read_during_a_run_nor_for_what_has_passed(watch: Seen) -> None:
    reader = Reader(3)
    reads = Ahead(watch, reader)
    before = Standing(None, None, None, None, None, None, ["acme"])  # something has landed
    for standing in (before, replace(FIRST, finished_at=None)):
        watch.standing = standing
        reads.look()
        assert reader.workspaces() == []
    watch.standing = FIRST
    reads.look()
    assert reader.workspaces() == ["acme"] * 3 + ["bolt"] * 3
    watch.note("acme")
    watch.standing = second = replace(FIRST, run_seq=2)
    moments: list[Any] = []

    def changing(_: Standing, __: str, moment: str) -> Iterator[None]:
        moments.append(moment)
        watch.standing = replace(FIRST, run_seq=3)
        yield
        pytest.fail("the marts have changed")

    Ahead(watch, changing).look()
    assert moments == [second.moment]


def test_most_of_the_time_it_rests(watch: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the database is away, or a question takes too long."""
    monkeypatch.setattr(ahead, "SECONDS", 0.01)
    begun: list[float] = []
    busy = 0.05
    errors: list[Exception] = [ProblemError(503, "away"), psycopg.errors.QueryCanceled()]

    def slow(_: Standing, __: str, ___: str) -> Iterator[None]:
        begun.append(time.monotonic())
        time.sleep(busy)
        watch.standing = replace(FIRST, run_seq=len(begun) + 1)
        if errors:
            raise errors.pop()
        yield

    watch.note("acme")
    reads = Ahead(watch, slow)
    with reads.running():
        ends = time.monotonic() + PATIENCE
        while len(begun) < 4:
            assert time.monotonic() < ends
            time.sleep(0.01)
    gaps = [after - before for before, after in itertools.pairwise(begun)]
    assert min(gaps) >= busy * (1 + ahead.SHARE)
    count = len(begun)
    time.sleep(busy)
    assert len(begun) <= count + 1
