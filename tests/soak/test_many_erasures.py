"""A thousand people of a random history: in one list, and in fifty whose commands are killed.

A command is killed at a random moment. The next command finishes it. No trace is left, totals
stay, and everything delivered again adds nothing.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import crowd
import psycopg
import pytest
from command_line import Console, process

from warehouse import state
from warehouse.connection import Target
from warehouse.privacy import erased, traces

PEOPLE, KILLS = 1_000, 50
STAY = 0.1  # so many more members are never erased
RUN_EVERY = 10  # lists

TOTALS = (
    "select platform, platform_post_id, interaction_count, comment_count from core.post_totals"
    " where workspace_id = 'acme' and platform_post_id like 'post%'",
    "select platform, activity_date, interaction_count, comment_count from marts.daily_activity"
    " where workspace_id = 'acme' and interaction_count > 0",
)


def totals(session: psycopg.Connection) -> list[list[str]]:
    """Return what no erasure changes."""
    return [sorted(map(str, session.execute(each.encode()).fetchall())) for each in TOTALS]


@pytest.fixture(autouse=True)
def log() -> Iterator[None]:
    """The log of erasures goes afterwards."""
    yield
    (state.home() / erased.FILE).unlink(missing_ok=True)


class Lists:
    """Commands that erase lists of people, and what became of them."""

    def __init__(self, warehouse: Console, target: Target, session: psycopg.Connection) -> None:
        self._warehouse, self._target, self._session = warehouse, target, session
        self._rng = random.Random("kills")
        self._longest = 0.0  # seconds of a command that nobody killed
        self.killed = self.begun = 0

    def erase(self, file: Path) -> None:
        """Erase a list, killed at a random moment but for the first; then finish it."""
        words = ("privacy", "erase", "--from", str(file), "--workspace", "acme")
        began = time.monotonic()
        running = process(self._target, *words)
        try:
            limit = self._rng.uniform(0.1, 1) * self._longest if self._longest else None
            running.communicate(timeout=limit)
            assert running.returncode == 0
            self._longest = time.monotonic() - began
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            running.communicate()
            self.killed += 1
            if erased.unfinished(self._session):
                self.begun += 1
                assert "has begun and not ended" in self._warehouse.fails("run")
            assert self._warehouse("privacy", "reapply").code == 0
            assert self._warehouse(*words).code == 0  # who is erased is left out


def test_a_thousand_people_and_fifty_kills(
    warehouse: Console,
    target: Target,
    session: psycopg.Connection,
    tmp_path: Path,
    share: Callable[[int], int],
) -> None:
    rng = random.Random("erasures")
    count, kills = share(PEOPLE), share(KILLS)
    members = crowd.crowd(rng, count + max(1, int(count * STAY)))
    gone: list[crowd.Member] = []
    left = rng.sample(members, count)
    lists, file, request = (
        Lists(warehouse, target, session),
        tmp_path / "all",
        tmp_path / "list",
    )
    seconds = 0.0

    def found() -> list[traces.Trace]:
        nonlocal seconds
        began = time.monotonic()
        values = [value for member in gone for value in member.values]
        places = traces.find(session, state.home(), values)
        seconds = time.monotonic() - began
        return places

    def load(number: int) -> None:
        crowd.deliver(file, members, number)
        assert warehouse("load", file, "-w", "acme").code in (0, 4)

    load(0)
    assert warehouse("run", "--accept").code in (0, 4)
    before = totals(session)
    for number in range(1, kills + 1):
        chosen = left[(number - 1) * count // kills : number * count // kills]
        crowd.request(request, chosen)
        lists.erase(request)
        gone += chosen
        assert found() == []
        assert totals(session) == before
        if number % RUN_EVERY == 0 or number == kills:
            load(number)
            assert warehouse("run", "--accept").code in (0, 4)
            assert totals(session) == before
            assert found() == []
    assert warehouse("rebuild", "--accept").code in (0, 4)
    assert totals(session) == before
    assert found() == []
    assert len(gone) == count
    names = session.execute("select count(*) from marts.followers where username like 'vq%'")
    assert names.fetchall() == [(len(members) - count,)]
    sys.stderr.write(
        f"{len(gone):,} people erased in {kills} lists; {lists.killed} commands killed,"
        f" {lists.begun} of them after the erasure had begun; a scan for"
        f" {sum(len(each.values) for each in gone):,} values takes {seconds:.1f} s\n"
    )


def test_a_thousand_people_in_one_list(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path, share: Callable[[int], int]
) -> None:
    """As a user with a thousand requests would do it."""
    others = PEOPLE * 2  # whom the other test does not know
    members = crowd.crowd(random.Random("list"), others + share(PEOPLE))[others:]
    file, request, named = tmp_path / "all", tmp_path / "list.csv", tmp_path / "values.txt"
    crowd.deliver(file, members, 0)
    assert warehouse("load", file, "-w", "acme").code in (0, 4)
    assert warehouse("run", "--accept").code in (0, 4)
    before = totals(session)
    crowd.request(request, members)
    values = [value for member in members for value in member.values]
    named.write_text("\n".join(values), "utf-8")
    seconds = []
    for words, code in (
        (("verify", named), 1),
        (("erase", "--from", request, "-w", "acme", "--dry-run"), 0),
        (("erase", "--from", request, "-w", "acme"), 0),
        (("verify", named), 0),
    ):
        began = time.monotonic()
        assert warehouse("privacy", *words).code == code
        seconds.append(time.monotonic() - began)
    assert totals(session) == before
    assert len(erased.log()) == len(members)
    sys.stderr.write(
        f"{len(members):,} people in one list: verified in {seconds[0]:.1f} s, counted in"
        f" {seconds[1]:.1f} s, erased in {seconds[2]:.1f} s, verified in {seconds[3]:.1f} s\n"
    )
