"""Commands that are killed at a chosen point, and the points.

Shape:  a `Kill` names the command, the `Point` or time, and the process that dies.
        `kill_command` carries it out.
Units:  seconds.
Errors: AssertionError where the command line breaks a promise.

The product contains nothing for these tests. The server's own views show when a command is at
a point. If it would pass the point too quickly, a lock or a trigger of the test holds it there.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from typing import LiteralString

import psycopg
from installation import LONGEST, Installation

from warehouse.embedded import server

CLIENTS = (
    "select pid from pg_stat_activity where backend_type = 'client backend'"
    " and application_name <> 'observer' order by state = 'active' desc, pid"
)
WAITING = (  # for us: sessions of a command wait for each other, too
    "select act.pid from pg_stat_activity as act where act.datname = 'warehouse' and exists ("
    "select from pg_stat_activity as hld where hld.application_name = 'observer'"
    " and hld.pid = any(pg_blocking_pids(act.pid)))"
)


class Victim(Enum):
    """The process that is killed."""

    CLIENT = "the command"
    BACKEND = "its server process"
    POSTMASTER = "the server"


@dataclass(frozen=True)
class Point:
    """A place in a command.

    `hold`: a statement of another session that makes the command wait there; `reached`: a
    query for the server processes that are there; `first`: a statement that makes the command
    come there.
    """

    name: str
    hold: LiteralString | None = None
    reached: LiteralString = WAITING
    first: LiteralString | None = None


@dataclass(frozen=True)
class Kill:
    """Kill the victim when a command is at a point, or after some seconds.

    `command`: load, run, rebuild, or dbt with and without its wrapper.
    """

    command: str
    at: Point | float
    victim: Victim = Victim.CLIENT


LOAD_POINTS = (
    Point("entering the load", "lock table raw.loads in exclusive mode"),
    Point("opening the COPY", "lock table raw.interactions in exclusive mode"),
    Point("in the open COPY", "select pg_advisory_xact_lock(1)"),
    Point("before the commit", "select pg_advisory_xact_lock(2)"),
)
BETWEEN_GATE_AND_RUN = Point(
    "through the gate, not begun",
    None,
    "select pid from pg_stat_activity where application_name = 'warehouse'"
    " and exists (select from raw.loads where gated_at is not null and run_seq is null)",
)
AFTER_BEGIN_RUN = Point(
    "begun",
    None,
    "select act.pid from pg_stat_activity as act"
    " cross join (select * from raw.runs order by run_seq desc limit 1) as run"
    " where act.application_name = 'warehouse'"
    " and run.started_at > act.backend_start and run.finished_at is null",
)
IN_A_SEED = Point("in a seed", "lock table seeds.engagement_weights in exclusive mode")
IN_THE_LEDGER = Point("in the ledger", "lock table core.interaction_ledger in exclusive mode")
AFTER_THE_LEDGER = Point(
    "between ledger and totals", "lock table core.follower_totals in exclusive mode"
)
IN_DAILY_TOTALS = Point(
    "in the daily totals", "lock table core.follower_daily_totals in exclusive mode"
)
IN_A_VIEW = Point(
    "in a view",
    "lock table marts.followers in access share mode",
    first="update raw.model_progress set basis = 'older' where model_name = 'followers'",
)
AT_THE_END = Point("at the end of a run", "select pg_advisory_xact_lock(3)")
FIRST_RUN_KILLS = (
    Kill("run", BETWEEN_GATE_AND_RUN),
    Kill("run", AFTER_BEGIN_RUN),
    Kill("run", AT_THE_END),
)
RUN_KILLS = (  # of what exists
    Kill("run", IN_THE_LEDGER),
    Kill("plain dbt", AFTER_THE_LEDGER),
    Kill("run", IN_A_VIEW, Victim.BACKEND),
    Kill("dbt", IN_A_SEED),
    Kill("rebuild", IN_DAILY_TOTALS, Victim.POSTMASTER),
)


def kill_command(
    installation: Installation, kill: Kill, delivery: int, patience: float
) -> bool:
    """Start a command and kill it; return whether that was before its end.

    After `patience` seconds nothing of the killed command may be left on the server, not even
    a waiting statement. A command whose server is killed fails and reports it in sentences.
    """
    with ExitStack() as stack:
        session = stack.enter_context(installation.observer())
        if isinstance(kill.at, Point) and kill.at.first is not None:
            session.execute(kill.at.first)
        if isinstance(kill.at, Point) and kill.at.hold is not None:
            holder = stack.enter_context(installation.observer())
            holder.execute("begin")
            holder.execute(kill.at.hold)
        running = installation.begin(kill.command, delivery)
        stack.callback(end, running)
        pid = await_moment(session, running, kill.at)
        if running.poll() is not None:
            return False
        if kill.victim is Victim.CLIENT:
            end(running)
            deadline = time.monotonic() + patience
            while left := session.execute(CLIENTS).fetchall():
                assert time.monotonic() < deadline, (kill, left)
                time.sleep(0.02)
            return True
        if kill.victim is Victim.POSTMASTER:
            pid = server.status().pid
        if pid is None:  # it has no session yet, or no more
            return False
        os.kill(pid, signal.SIGKILL)
        said = installation.ended(running)
        assert (said.code == 1) == bool(said.problems), (kill, said)
        return said.code == 1  # else it had done everything but to end


def end(running: subprocess.Popen[str]) -> None:
    """Kill a command and all its child processes."""
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()


def await_moment(
    session: psycopg.Connection, running: subprocess.Popen[str], at: Point | float
) -> int | None:
    """Wait until the command is at the point; return one of its server processes, if any."""
    if not isinstance(at, Point):
        time.sleep(at)
        row = session.execute(CLIENTS).fetchone()
        return int(row[0]) if row else None
    deadline = time.monotonic() + LONGEST
    while running.poll() is None:
        if row := session.execute(at.reached).fetchone():
            return int(row[0])
        assert time.monotonic() < deadline, at
        time.sleep(0.005)
    return None
