"""An installation: a state folder with its own embedded server, and commands that run on it.

Source: synthetic deliveries (benchmarks.synthetic), the same for every installation.
Shape:  `Installation.digests` returns what raw, the stored models and the marts hold.
Units:  seconds; digests are md5 over the sorted rows of a relation.
Errors: AssertionError where a command shows a traceback or a password.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

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
WORKSPACE = "killed"
OBSERVER = "observer"
FILES, RECORDS = 6, 300  # of each delivery
BEGIN, SPAN = datetime(2025, 11, 1, tzinfo=UTC), timedelta(days=4)  # of a file
LONGEST = 300.0  # until a command is at a point, or has ended
ATTEMPTS = ("load_id", "run_seq", "reversed_run_seq", "replay_of")  # numbers that may differ
OF_ATTEMPTS = ("marts.runs", "marts.landing_checks")  # tell of killed runs, too
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


class Said(NamedTuple):
    """Result of a command."""

    code: int
    out: str
    err: str

    @property
    def problems(self) -> list[str]:
        """Return its error sentences."""
        return [line for line in self.err.splitlines() if line.startswith("✗ ")]


class Installation:
    """A state folder with its server; WAREHOUSE_HOME names it for the commands."""

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
        """Write the next file of deliveries."""
        self._history.write(file, RECORDS, self._told_until, SPAN)
        self._told_until += SPAN

    def target(self) -> Target:
        """Return the database; start its server if it does not run."""
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
        """Return the environment of a user who calls dbt without the wrapper."""
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
        """Return the result of a command; it must show no traceback and no password."""
        out, err = running.communicate(timeout=LONGEST)
        for text in (out, err):
            assert "Traceback" not in text, text
            assert "fault of the warehouse" not in text, text
            for file in self.home.glob("*.password"):
                assert file.read_text("ascii").strip() not in text
        return Said(running.returncode, out, err)

    def run(self, *arguments: object) -> Said:
        """Run a command that must succeed, perhaps with rejects; return its result."""
        said = self.ended(self.start(*arguments))
        assert said.code in (0, 4), said
        return said

    @contextmanager
    def observer(self, dbname: str = DATABASE) -> Iterator[psycopg.Connection]:
        """Open a session that observes."""
        opened = self.target().connect(
            dbname=dbname, application_name=OBSERVER, autocommit=True
        )
        try:
            yield opened
        finally:
            opened.close()  # whatever became of the server

    def copy_database(self, source: str, copy: str) -> None:
        """Replace a database by a copy of another one, which must have no connections."""
        with self.observer("postgres") as session:
            for statement, names in (
                ("drop database if exists {} with (force)", [copy]),
                ("create database {} template {}", [copy, source]),
            ):
                session.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def prepare(self) -> None:
        """Create `EMPTY`, the database with which every history begins."""
        with self.observer() as session:
            database.prepare(session)
            session.execute(TRIGGERS.encode())
        self.copy_database(DATABASE, EMPTY)

    def load(self, delivery: int) -> None:
        """Load a delivery; set its receipt to the same time in every history."""
        self.run("load", self.deliveries[delivery], "-w", WORKSPACE)
        with self.observer() as session:
            session.execute(
                "update raw.loads set received_at = timestamptz '2026-06-01'"
                " + interval '1 hour' * ascii(substring(source_name from '(.)/.*$'))"
                " + interval '1 minute' * substring(source_name from '([0-9])[.]')::integer"
            )

    def finish(self, delivery: int) -> None:
        """Load a delivery and run, without a kill."""
        self.load(delivery)
        self.run("run", *AS_OF)

    def digests(self) -> dict[str, str]:
        """Return a digest per relation of raw, core and marts, without numbers of attempts."""
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
                " and attname <> all (%s) and att.attrelid::regclass::text <> all (%s)"
                " group by 1 order by 1",
                (list(ATTEMPTS), list(OF_ATTEMPTS)),
            ).fetchall()
            return {name: digest(session, name, columns) for name, columns in relations}

    def leftovers(self) -> list[str]:
        """Return everything that a command should have removed."""
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
        """Stop the server and check that no process of it is left."""
        data = server.status().data
        self.run("down")
        assert processes(data) == []


@contextmanager
def own_installation() -> Iterator[Installation]:
    """Yield a new installation; stop its server and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="warehouse-tests-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            if name.startswith("PG") or name == "DATABASE_URL":
                patch.delenv(name)
        patch.setenv("WAREHOUSE_HOME", str(folder / "state"))
        installation = Installation(folder)
        try:
            yield installation
        finally:
            installation.stop()
            shutil.rmtree(folder)


def digest(session: psycopg.Connection, relation: str, columns: list[str]) -> str:
    """Return the md5 over the sorted rows of a relation, whose name the server has quoted."""
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
    """Return the command lines of all processes that work in a data folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == data:
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found
