"""Pulls that are killed at a request, or between two steps of the database.

Shape:  `killed` starts a pull, kills it at the chosen moment and says whether it was alive.
Units:  seconds; requests are counted from the begin of the pull.
Errors: AssertionError where a killed pull leaves something running for long.

A pull can be killed while a request is on its way (before a page, and after the one before it),
when the answer has gone out (before it lands), between the landing of a page and the commit of
its cursor, and at the charge of the next request (after a page).
"""

from __future__ import annotations

import signal
import subprocess
import time
from typing import Literal

import psycopg
from command_line import process
from pulled import Pulled

from warehouse.connection import Target

Moment = Literal["request", "answer", "commit", "charge"]
MOMENTS: tuple[Moment, ...] = ("request", "answer", "commit", "charge")
LOCKS = {"commit": 4711, "charge": 4712}
LONGEST = 60.0

HOLD = """
create or replace function public.hold_pull() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(tg_argv[0]::bigint);
    return new;
end $$;
create or replace trigger hold_pull before insert or update on raw.pull_cursors
for each row execute function public.hold_pull(4711);
create or replace trigger hold_pull before update on raw.pull_sources
for each row execute function public.hold_pull(4712);
"""
RELEASE = """
drop trigger hold_pull on raw.pull_cursors;
drop trigger hold_pull on raw.pull_sources;
drop function public.hold_pull();
"""
WAITING = (
    "select exists (select from pg_locks"
    " where locktype = 'advisory' and objid = %s and not granted)"
)


def killed(pulled: Pulled, target: Target, moment: Moment, number: int, *options: str) -> bool:
    """Kill a pull at its request of that number, or at the moment that follows it."""
    service = pulled.service
    first = len(service.asked)
    running: list[subprocess.Popen[str]] = []
    with target.connect(autocommit=True) as holder:

        def kill(count: int) -> None:
            if count - first == number:
                running[0].send_signal(signal.SIGKILL)

        def hold(count: int) -> None:
            if count - first == number:
                holder.execute("select pg_advisory_lock(%s)", (LOCKS[moment],))

        match moment:
            case "request":
                service.before = kill
            case "answer":
                service.after = kill
            case _:
                service.before = hold
        running.append(process(target, "pull", "s", *options, prelude=service.prelude))
        try:
            if moment in LOCKS:
                _await_holding(target, running[0], LOCKS[moment])
                running[0].send_signal(signal.SIGKILL)
            running[0].communicate(timeout=LONGEST)
        finally:
            running[0].kill()
            service.before = service.after = lambda _: None
    _await_end(target)
    return running[0].returncode == -signal.SIGKILL


def _await_holding(target: Target, running: subprocess.Popen[str], lock: int) -> None:
    """Wait until the pull waits for that lock, or has ended."""
    deadline = time.monotonic() + LONGEST
    with target.connect(autocommit=True) as session:
        while running.poll() is None:
            row = session.execute(WAITING, (lock,)).fetchone()
            if row is not None and row[0]:
                return
            assert time.monotonic() < deadline
            time.sleep(0.01)


def _await_end(target: Target) -> None:
    """Wait until the server has noticed that the client is gone."""
    deadline = time.monotonic() + LONGEST
    held = "select exists (select from pg_locks where relation = 'raw.pull_lock'::regclass)"
    with target.connect(autocommit=True) as session:
        while session.execute(held).fetchone() != (False,):
            assert time.monotonic() < deadline
            time.sleep(0.02)


class Days:
    """Days of a budget: what was asked on each, and the step to the next one."""

    def __init__(self, session: psycopg.Connection, pulled: Pulled, budget: int) -> None:
        self._session, self._pulled, self._budget = session, pulled, budget
        self._asked_before = 0
        self.count = 1

    def spent(self) -> int:
        """Return what was spent today; every request was counted before it was sent."""
        row = self._session.execute("select spent_units from raw.pull_sources").fetchone()
        spent = 0 if row is None else row[0]
        asked = len(self._pulled.service.asked) - self._asked_before
        assert asked <= spent <= self._budget
        return int(spent)

    def end(self) -> None:
        """Spend the rest of the budget, and let another day begin."""
        while self._pulled.pull().code in (0, 4):
            if self.spent() == self._budget:
                break
        said = self._pulled.pull()
        assert f"The budget of {self._budget:,} units a day is used up" in said.err
        assert self.spent() == self._budget
        self._session.execute(
            "update raw.pull_sources set budget_date = budget_date - 1, spent_units = 0"
        )
        self._asked_before = len(self._pulled.service.asked)
        self.count += 1
