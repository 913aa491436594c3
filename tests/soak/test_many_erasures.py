"""A thousand people of a random history: in one list, and in lists whose commands are killed.

A command is killed at a random moment, until fifty kills have struck an erasure that had begun.
Until the next command, marts, a tenant and every route of a server show of those concerned what
they showed before, or less, and of those erased before nothing. The next command finishes it.
No trace is left, nobody can read one, totals stay, and everything delivered again adds nothing.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import crowd
import psycopg
import pytest
from command_line import Console, process
from every_route import NOTICES, paths, unlimited
from seen_by_readers import holding
from served import Served, serving

from loaders.privacy.forgetting import natural_key
from warehouse import state, tenants
from warehouse.connection import Target
from warehouse.privacy import erased, traces

PEOPLE, KILLS = 1_000, 50
STAY = 0.1  # so many more members are never erased
RUN_EVERY = 10  # lists
OTHERS = 3  # whose own pages are read

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
    """Commands that erase lists of people, and what became of them.

    `struck`: kills after an erasure had begun and before it ended. Others count for nothing.
    """

    def __init__(self, warehouse: Console, target: Target, session: psycopg.Connection) -> None:
        self.warehouse, self._target, self._session = warehouse, target, session
        self._rng = random.Random("kills")
        self._seconds = 0.0  # of the quickest command that nobody killed
        self.number = self.struck = 0

    def erase(self, file: Path, look: Callable[[], None]) -> None:
        """Erase a list; the command is killed at a random moment, but for the first one.

        `look` is called after a kill that struck, before the next command finishes the work.
        """
        self.number += 1
        words = ("privacy", "erase", "--from", str(file), "--workspace", "acme")
        began = time.monotonic()
        running = process(self._target, *words)
        try:
            limit = self._rng.uniform(0.1, 1) * self._seconds if self._seconds else None
            running.communicate(timeout=limit)
            assert running.returncode == 0
            seconds = time.monotonic() - began
            self._seconds = min(self._seconds or seconds, seconds)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            running.communicate()
            if erased.unfinished(self._session):
                self.struck += 1
                look()
                assert "has begun and not ended" in self.warehouse.fails("run")
                assert self.warehouse("privacy", "reapply").code == 0
            assert self.warehouse(*words).code == 0  # who is erased is left out


@pytest.fixture
def lists(warehouse: Console, target: Target, session: psycopg.Connection) -> Lists:
    """Commands on the database of these tests."""
    return Lists(warehouse, target, session)


@contextmanager
def reading(
    target: Target, session: psycopg.Connection, home: Path, others: Iterable[crowd.Member]
) -> Iterator[Callable[[list[crowd.Member]], list[str]]]:
    """Yield what says where readers meet some members: in marts, as a tenant, on a server.

    `others`: whose own pages are read, too.
    """
    accounts = [str(natural_key("acme", each.platform, each.actor_id)) for each in others]
    opened = tenants.add(session, "acme")
    login = replace(target, user=opened.login, password=opened.secret, is_analyst=True)
    settings = unlimited(target, home)
    routes = paths(settings)
    with (
        login.connect(autocommit=True) as tenant,
        serving(settings) as url,
        Served(url, target).client() as client,
    ):
        sessions = {"marts": session, opened.login: tenant}

        def read(members: list[crowd.Member]) -> list[str]:
            time.sleep(NOTICES)
            return holding(sessions, client, routes, accounts, values_of(members))

        yield read
    tenants.remove(session, "acme")


def values_of(members: Iterable[crowd.Member]) -> list[str]:
    """Return by what members are recognised."""
    return [value for member in members for value in member.values]


def test_a_thousand_people_and_fifty_kills(
    lists: Lists,
    target: Target,
    session: psycopg.Connection,
    tmp_path: Path,
    share: Callable[[int], int],
) -> None:
    rng = random.Random("erasures")
    count, kills = share(PEOPLE), share(KILLS)
    of_list, stay = max(1, count // kills), max(1, int(count * STAY))
    # lists of which no kill strikes take more people
    members = crowd.crowd(rng, count + stay + of_list * max(5, kills // 2))
    left = rng.sample(members, len(members) - stay)
    gone: list[crowd.Member] = []
    warehouse = lists.warehouse
    file, named = tmp_path / "all", tmp_path / "list"
    seconds = 0.0

    def found() -> list[traces.Trace]:
        nonlocal seconds
        began = time.monotonic()
        places = traces.find(session, state.home(), values_of(gone))
        seconds = time.monotonic() - began
        return places

    def look(chosen: list[crowd.Member], shown: set[str]) -> None:
        assert set(read(chosen)) <= shown
        assert read(gone) == []

    def load(number: int) -> None:
        crowd.deliver(file, members, number)
        assert warehouse("load", file, "-w", "acme").code in (0, 4)

    load(0)
    assert warehouse("run", "--accept").code in (0, 4)
    before = totals(session)
    staying = [each for each in members if each not in left][:OTHERS]
    with reading(target, session, tmp_path, staying) as read:
        assert len(read(left[:1])) > 5
        while lists.struck < kills:
            chosen, left = left[:of_list], left[of_list:]
            assert chosen, "too many commands ended before they were killed"
            crowd.request(named, chosen)
            shown = set(read(chosen))
            lists.erase(named, partial(look, chosen, shown))
            gone += chosen
            assert found() == []
            assert read(gone) == []
            assert totals(session) == before
            if lists.number % RUN_EVERY == 0 or lists.struck == kills:
                load(lists.number)
                assert warehouse("run", "--accept").code in (0, 4)
                assert totals(session) == before
                assert found() == []
                assert read(gone) == []
    assert warehouse("rebuild", "--accept").code in (0, 4)
    assert totals(session) == before
    assert found() == []
    assert len(gone) >= count
    names = session.execute("select count(*) from marts.followers where username like 'vq%'")
    assert names.fetchall() == [(len(members) - len(gone),)]
    sys.stderr.write(
        f"{len(gone):,} people erased in {lists.number} lists; {lists.struck} commands killed"
        f" between the beginning and the end of the erasure; a scan for"
        f" {len(values_of(gone)):,} values takes {seconds:.1f} s\n"
    )


def test_a_thousand_people_in_one_list(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path, share: Callable[[int], int]
) -> None:
    """As a user with a thousand requests would do it."""
    others = PEOPLE * 3  # whom the other test does not know
    members = crowd.crowd(random.Random("list"), others + share(PEOPLE))[others:]
    file, request, named = tmp_path / "all", tmp_path / "list.csv", tmp_path / "values.txt"
    crowd.deliver(file, members, 0)
    assert warehouse("load", file, "-w", "acme").code in (0, 4)
    assert warehouse("run", "--accept").code in (0, 4)
    before = totals(session)
    crowd.request(request, members)
    values = values_of(members)
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
