"""Pulls that are killed at a request, or in the transaction that lands its answer.

Shape:  `killed` starts a pull, kills it at the chosen moment and says whether it was alive.
Units:  seconds; requests are counted from the begin of the pull.
Errors: AssertionError where a killed pull leaves something running for long.
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

Moment = Literal["request", "commit"]
MOMENTS: tuple[Moment, ...] = ("request", "commit")
LOCK = 4711
LONGEST = 60.0

HOLD = """
create or replace function public.hold_pull() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(4711);
    return new;
end $$;
create or replace trigger hold_pull before insert or update on raw.pull_cursors
for each row execute function public.hold_pull();
"""
RELEASE = """
drop trigger hold_pull on raw.pull_cursors;
drop function public.hold_pull();
"""
WAITING = (
    "select exists (select from pg_locks"
    " where locktype = 'advisory' and objid = %s and not granted)"
)


def killed(pulled: Pulled, target: Target, moment: Moment, number: int, *options: str) -> bool:
    """Kill a pull at its request of that number, or in the transaction after it."""
    first = len(pulled.service.asked)
    running: list[subprocess.Popen[str]] = []
    with target.connect(autocommit=True) as holder:

        def before(count: int) -> None:
            if count - first != number:
                return
            if moment == "request":
                running[0].send_signal(signal.SIGKILL)
            else:
                holder.execute("select pg_advisory_lock(%s)", (LOCK,))

        pulled.service.before = before
        running.append(process(target, "pull", "s", *options))
        try:
            if moment == "commit":
                _await_holding(target, running[0])
                running[0].send_signal(signal.SIGKILL)
            running[0].communicate(timeout=LONGEST)
        finally:
            running[0].kill()
            pulled.service.before = lambda _: None
    _await_end(target)
    return running[0].returncode == -signal.SIGKILL


def _await_holding(target: Target, running: subprocess.Popen[str]) -> None:
    """Wait until the pull is between its landing and its commit, or has ended."""
    deadline = time.monotonic() + LONGEST
    with target.connect(autocommit=True) as session:
        while running.poll() is None:
            row = session.execute(WAITING, (LOCK,)).fetchone()
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


def within_budget(session: psycopg.Connection, pulled: Pulled, budget: int) -> bool:
    """Whether every request was counted before it was sent, and none was too many."""
    row = session.execute("select spent_units from raw.pull_sources").fetchone()
    assert row is not None
    return bool(len(pulled.service.asked) <= row[0] <= budget)
