"""Commands that are killed at a point, on a server of their own, and what is left of them.

Source: synthetic deliveries (benchmarks.synthetic), the same for every history.
Shape:  a `Site` is a state folder with its embedded server; a `Kill` says which command, where
        and who; `Site.digests` says what raw, the stored models and the marts hold.
Units:  seconds; digests are md5 over the sorted rows of a relation.
Errors: AssertionError where the command line breaks a promise.

Nothing in the product knows of this. A point is reached when the server's own views say so;
where it would be passed too quickly, a lock or a trigger of ours holds the command there.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import LiteralString, NamedTuple

import psycopg
import pytest
from psycopg import sql

from benchmarks import synthetic
from warehouse import database
from warehouse.connection import Target, resolve
from warehouse.embedded import server

ROOT = Path(__file__).resolve().parents[2]
AS_OF = ["--as-of", "2026-06-07T23:59:59Z"]
DATABASE, EMPTY = "warehouse", "empty"
WORKSPACE = "disturbed"
OBSERVER = "observer"
FILES, RECORDS = 6, 300  # of each delivery
BEGIN, SPAN = datetime(2025, 11, 1, tzinfo=UTC), timedelta(days=4)  # of a file
LONGEST = 300.0  # until a command is at a point, or has ended
ATTEMPTS = ("load_id", "run_seq", "reversed_run_seq", "replay_of")  # numbers that may differ

TRIGGERS = f"""
create or replace function raw.hold() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(tg_argv[0]::bigint);
    return new;
end $$;
create trigger in_copy before insert on raw.interactions
    for each row when (new.line_no = {RECORDS // 2}) execute function raw.hold(1);
create constraint trigger at_commit after update on raw.loads
    deferrable initially deferred for each row
    when (old.committed_at is null and new.committed_at is not null)
    execute function raw.hold(2);
create trigger at_end before update on raw.runs
    for each row when (old.finished_at is null and new.finished_at is not null)
    execute function raw.hold(3);
"""
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
    """Who is killed."""

    CLIENT = "the command"
    BACKEND = "its server process"
    POSTMASTER = "the server"


@dataclass(frozen=True)
class Point:
    """A place in a command.

    `hold`: what another session does so that the command waits there, where it would not be
    seen otherwise; `reached`: a query for the server processes that are there; `first`: what
    is changed so that the command comes there.
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


class Said(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def problems(self) -> list[str]:
        """Its sentences about what is wrong."""
        return [line for line in self.err.splitlines() if line.startswith("✗ ")]


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


class Site:
    """A state folder, its server, commands on them; WAREHOUSE_HOME names it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._temporary = folder / "temporary"
        self._temporary.mkdir()
        self.home = folder / "state"
        self._history = synthetic.Deliveries(seed=0, followers=40, contents=20)
        self._told_until = BEGIN
        self.deliveries = [self._delivery(name) for name in "ab"]

    def _delivery(self, name: str) -> Path:
        delivery = self._folder / name
        delivery.mkdir()
        for number in range(FILES):
            self.write_news(delivery / f"{number}.ndjson")
        return delivery

    def write_news(self, file: Path) -> None:
        """The next file of what goes on happening."""
        self._history.write(file, RECORDS, self._told_until, SPAN)
        self._told_until += SPAN

    def target(self) -> Target:
        """The database; its server is started where it does not run."""
        return resolve(DATABASE)

    def start(self, *arguments: object, **environment: str) -> subprocess.Popen[str]:
        """Start `warehouse` in a process group of its own."""
        return self._start([sys.executable, "-m", "warehouse", *arguments], environment)

    def begin(self, command: str, delivery: int, **environment: str) -> subprocess.Popen[str]:
        """Start the command of a kill."""
        build = ["build", "--exclude-resource-types", "unit_test"]
        build += ["--vars", f'{{"as_of": "{AS_OF[1]}"}}']
        match command:
            case "load":
                arguments = ["load", self.deliveries[delivery], "-w", WORKSPACE]
                return self.start(*arguments, **environment)
            case "dbt":
                return self.start("dbt", *build)
            case "plain dbt":
                return self._start(
                    [Path(sys.executable).with_name("dbt"), *build], self._plain()
                )
            case _:
                return self.start(command, *AS_OF, **environment)

    def _plain(self) -> dict[str, str]:
        """The environment of whoever calls dbt without the wrapper."""
        folder = self.home / "dbt"
        return {
            **self.target().environment(),
            "PGOPTIONS": "",
            "DBT_PROFILES_DIR": str(folder),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }

    def _start(
        self, command: Sequence[object], environment: dict[str, str]
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            list(map(str, command)),
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(self._temporary), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def ended(self, running: subprocess.Popen[str]) -> Said:
        """What a command came to; it shows no traceback and no password."""
        out, err = running.communicate(timeout=LONGEST)
        for text in (out, err):
            assert "Traceback" not in text, text
            assert "fault of the warehouse" not in text, text
            for file in self.home.glob("*.password"):
                assert file.read_text("ascii").strip() not in text
        return Said(running.returncode, out, err)

    def run(self, *arguments: object) -> Said:
        """A command that is done in the end, if perhaps with rejects."""
        said = self.ended(self.start(*arguments))
        assert said.code in (0, 4), said
        return said

    @contextmanager
    def observer(self, dbname: str = DATABASE) -> Iterator[psycopg.Connection]:
        """A session that looks on."""
        opened = self.target().connect(
            dbname=dbname, application_name=OBSERVER, autocommit=True
        )
        try:
            yield opened
        finally:
            opened.close()  # whatever became of the server

    def copy_database(self, source: str, copy: str) -> None:
        """Make one database a copy of another, to which nobody is connected."""
        with self.observer("postgres") as session:
            for statement, names in (
                ("drop database if exists {} with (force)", [copy]),
                ("create database {} template {}", [copy, source]),
            ):
                session.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def prepare(self) -> None:
        """Make the database that histories begin with, `EMPTY`."""
        with self.observer() as session:
            database.prepare(session)
            session.execute(TRIGGERS.encode())
        self.copy_database(DATABASE, EMPTY)

    def load(self, delivery: int) -> None:
        """Land a delivery, and let it have come at the same time in every history."""
        self.run("load", self.deliveries[delivery], "-w", WORKSPACE)
        with self.observer() as session:
            session.execute(
                "update raw.loads set received_at = timestamptz '2026-06-01'"
                " + interval '1 hour' * ascii(substring(source_name from '(.)/.*$'))"
                " + interval '1 minute' * substring(source_name from '([0-9])[.]')::integer"
            )

    def finish(self, delivery: int) -> None:
        """Land a delivery and bring everything up to date, undisturbed."""
        self.load(delivery)
        self.run("run", *AS_OF)

    def digests(self) -> dict[str, str]:
        """What every relation of raw, core and marts holds, but for numbers of attempts."""
        with self.observer() as session:
            relations = session.execute(
                "select att.attrelid::regclass::text,"
                " array_agg(att.attname::text order by attnum)"
                " from pg_attribute as att inner join pg_class as rel on att.attrelid = rel.oid"
                " inner join pg_namespace as nsp on rel.relnamespace = nsp.oid"
                " where attnum > 0 and not attisdropped and ("
                " nspname in ('core', 'marts') and relkind in ('r', 'v')"
                " or nspname = 'raw' and relname in ('interactions', 'posts', 'profiles',"
                " 'counters', 'content', 'rejects'))"
                " and attname <> all (%s) group by 1 order by 1",
                (list(ATTEMPTS),),
            ).fetchall()
            return {name: _digest(session, name, columns) for name, columns in relations}

    def leftovers(self) -> list[str]:
        """What a command should not have left behind."""
        with self.observer() as session:
            found = [
                f"{name} in the database"
                for (name,) in session.execute(
                    "select oid::regclass::text from pg_class where relname like '%\\_\\_dbt%'"
                    " union all select gid from pg_prepared_xacts"
                    " union all select 'file ' || name from pg_ls_tmpdir()"
                    " union all select 'lock ' || objid from pg_locks"
                    " where locktype = 'advisory'"
                    " union all select 'run ' || run_seq from raw.run_fence"
                    " where run_seq <> (select max(run_seq) from raw.runs where is_successful)"
                )
            ]
        found += [str(path) for path in self._temporary.iterdir()]
        drafts = [path for path in self.home.rglob(".*") if "socket" not in path.parts]
        return found + [str(path) for path in drafts]

    def stop(self) -> None:
        """Stop the server; nothing of it runs on."""
        data = server.status().data
        self.run("down")
        assert processes(data) == []


@contextmanager
def own_site() -> Iterator[Site]:
    """A site of its own; its server is stopped afterwards and everything is gone."""
    folder = Path(tempfile.mkdtemp(prefix="warehouse-tests-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            if name.startswith("PG") or name == "DATABASE_URL":
                patch.delenv(name)
        patch.setenv("WAREHOUSE_HOME", str(folder / "state"))
        site = Site(folder)
        try:
            yield site
        finally:
            site.stop()
            shutil.rmtree(folder)


def _digest(session: psycopg.Connection, relation: str, columns: list[str]) -> str:
    """md5 over the sorted rows of a relation; `relation` is quoted by the server."""
    row = session.execute(
        sql.SQL(
            'select md5(coalesce(string_agg(row_text, chr(10) order by row_text collate "C"),'
            " '')) from (select row({})::text as row_text from {}) as found"
        ).format(
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.Identifier(*relation.split(".")),
        )
    ).fetchone()
    assert row is not None
    return str(row[0])


def processes(data: Path) -> list[str]:
    """All processes that work in a folder of data."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == data:
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


def disturb(site: Site, kill: Kill, delivery: int, patience: float) -> bool:
    """Start a command and kill; whether that was before it had ended.

    Of a killed command nothing may be left on the server after `patience` seconds, even of a
    statement that waits; a command whose server is killed fails, and says so in sentences.
    """
    with ExitStack() as stack:
        session = stack.enter_context(site.observer())
        if isinstance(kill.at, Point) and kill.at.first is not None:
            session.execute(kill.at.first)
        if isinstance(kill.at, Point) and kill.at.hold is not None:
            holder = stack.enter_context(site.observer())
            holder.execute("begin")
            holder.execute(kill.at.hold)
        running = site.begin(kill.command, delivery)
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
        said = site.ended(running)
        assert (said.code == 1) == bool(said.problems), (kill, said)
        return said.code == 1  # else it had done everything but to end


def end(running: subprocess.Popen[str]) -> None:
    """Kill a command and whatever it started."""
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()


def await_moment(
    session: psycopg.Connection, running: subprocess.Popen[str], at: Point | float
) -> int | None:
    """Until the command is there; one of its server processes, if it has any."""
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
