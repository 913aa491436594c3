"""A dbt environment: a copy of the project and of a built database, reset for each history.

Source: the checkout and a database in which everything was built once; both are copied.
Shape:  `DbtEnv` builds with dbt in this process, or in a child process that is killed.
Units:  a place in a build is the number of statements, or of nodes, that dbt has begun.
Errors: `BuildError` with dbt's message when a build fails that should succeed.
"""

from __future__ import annotations

import csv
import itertools
import multiprocessing
import os
import pickle
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from quick_dbt import parsed_folder

from warehouse import connection, database, news
from warehouse.transform import Dbt, variables

STORED = ("config.materialized:incremental",)
SEEDED = ("resource_type:seed", "resource_type:function")


class BuildError(AssertionError):
    """Failure of a dbt build, with dbt's message."""


class DbtEnv:
    """A project and a database in which histories run, one after the other."""

    def __init__(
        self,
        project: Path,
        name: str,
        template: str | None = None,
        template_as_of: datetime | None = None,
    ) -> None:
        """`template`: a built database that `as_template` of another environment returned;
        `template_as_of`: the instant of that build, if the same project built it."""
        self.project = project
        self.target = connection.resolve(name)
        self._template = template
        self._template_as_of = template_as_of
        self._seeds = {file: file.read_bytes() for file in (project / "seeds").glob("*.csv")}
        self._parsed = parsed_folder([project.name, name, self.target.prefix])
        self._listen: Callable[[Any], None] | None = None
        self._views_as_of: datetime | None = None
        self._manifests: dict[datetime, bytes] = {}
        self._are_seeds_new = False

    # -- the project's copy --

    def write_seed(self, name: str, rows: Sequence[Mapping[str, str]]) -> None:
        """Replace the rows of one of the copy's seeds."""
        self._are_seeds_new = True
        file = self.project / "seeds" / f"{name}.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    # -- the database --

    def as_template(self, built: str, template: str, as_of: datetime) -> str:
        """Copy a database in which everything is built, and show it as of an instant.

        Return the name of the copy.
        """
        self._copy_database(built, self.target.dbname)
        with self.target.connect(autocommit=True) as session:
            database.prepare(session)
        _require(self._build(as_of, ()))
        self._copy_database(self.target.dbname, template)
        self._template, self._template_as_of = template, as_of
        return template

    def renew(self) -> psycopg.Connection:
        """Reset the seeds and the database; return a session in the new database."""
        assert self._template is not None
        for file, content in self._seeds.items():
            file.write_bytes(content)
        self._copy_database(self._template, self.target.dbname)
        self._views_as_of, self._are_seeds_new = self._template_as_of, False
        session = self.target.connect(autocommit=True)
        database.prepare(session)
        return session

    def _copy_database(self, source: str, copy: str) -> None:
        with self.target.connect(dbname="postgres", autocommit=True) as session:
            for statement, names in (
                ("drop database if exists {} with (force)", [copy]),
                ("create database {} template {}", [copy, source]),
            ):
                session.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    # -- builds --

    def build(
        self,
        as_of: datetime,
        *,
        rebuild: bool = False,
        on_node: Callable[[int], None] | None = None,
    ) -> None:
        """Build; dbt calls `on_node` at each node with the number of nodes that have begun.

        After a whole build it builds what has news, as a run of the warehouse does. Where the
        seeds are new it is whole; but the first one as of an instant leaves out views, of
        which the text has not changed, and, but for a rebuild, tests.
        """
        if on_node is not None:
            self._listen = _Counting("LogStartLine", on_node)
        try:
            is_planned = not rebuild and not self._are_seeds_new
            if not (is_planned and self._build_news(as_of)):
                kinds = (*STORED, *(SEEDED if self._are_seeds_new else ()))
                _require(self._build(as_of, kinds, rebuild))
        finally:
            self._listen = None
        self._views_as_of, self._are_seeds_new = as_of, False

    def _build_news(self, as_of: datetime) -> bool:
        """Build what has news; return False if that is not everything that needs a build."""
        with self.target.connect(autocommit=True) as session:
            row = session.execute(
                "select run_seq, as_of, as_of >= started_at, is_successful from raw.runs"
                " where schema_prefix = '' order by run_seq desc limit 1"
            ).fetchone()
            if row is None or not row[3] or self._views_as_of is None:
                return False
            last = news.Last(row[0], row[1], row[2], self._views_as_of == as_of)
            manifest = self._manifest(as_of)
            plan = news.plan(session, manifest, last, as_of)
            if plan is None:
                return False
            left_out = ("--no-write-json", "--exclude-resource-types", "test")
            given = (*left_out, *plan.choose(manifest))
            _require(self._invoke("build", as_of, False, *given, manifest=manifest))
            (run_seq,) = session.execute("select max(run_seq) from raw.runs").fetchall()[0]
            plan.close(session, run_seq)
            return True

    def _manifest(self, as_of: datetime) -> Any:
        """Return a copy of the parsed project as of an instant; a build changes its copy."""
        if as_of not in self._manifests:
            read = self._invoke("parse", as_of, False, "--no-write-json").result
            self._manifests[as_of] = pickle.dumps(read)
        return pickle.loads(self._manifests[as_of])

    def killed_build(self, as_of: datetime, after: int) -> bool:
        """Build in a child that kills itself before it sends a statement.

        `after`: how many statements it sends before. Return False if the build ended first.
        """
        self._invoke("parse", as_of)  # dbt's parser has threads, which a fork would lose
        child = multiprocessing.get_context("fork").Process(
            target=self._build_until, args=(as_of, after)
        )
        child.start()
        child.join()
        if child.exitcode not in (0, -signal.SIGKILL):
            raise BuildError("a build that was to be killed failed before")
        return child.exitcode != 0

    def _build_until(self, as_of: datetime, after: int) -> None:
        self._listen = _Counting("SQLQuery", lambda number: _die(number > after))
        if not self._build(as_of, (*STORED, *SEEDED), threads=1).success:
            sys.exit(1)

    def _build(
        self, as_of: datetime, kinds: Sequence[str], rebuild: bool = False, threads: int = 2
    ) -> Any:
        """Build `kinds` only if views have been built as of that instant, else everything."""
        is_whole = self._views_as_of != as_of
        left_out = () if is_whole or rebuild else ("test",)
        tests = ("resource_type:test",) if rebuild else ()
        return self._invoke(
            "build",
            as_of,
            rebuild,
            *("--threads", str(threads)),
            *("--exclude-resource-types", "unit_test", *left_out),
            *(() if is_whole else ("--select", *kinds, *tests)),
        )

    def _invoke(
        self,
        command: str,
        as_of: datetime,
        rebuild: bool = False,
        *arguments: str,
        manifest: Any = None,
    ) -> Any:
        """Run a dbt command; the parsed project is kept for a later copy of that name."""
        return Dbt(self.target, on_event=self._listen, manifest=manifest).invoke(
            [
                *(command, "--project-dir", str(self.project)),
                *("--target-path", str(self._parsed)),
                *variables({"as_of": as_of.isoformat(), "rebuild": rebuild}),
                *arguments,
            ]
        )


def _require(result: Any) -> None:
    if not result.success:
        raise BuildError(problems(result))


class _Counting:
    """A listener that counts the events of a name and passes on each number."""

    def __init__(self, name: str, tell: Callable[[int], None]) -> None:
        self.hears, self._tell = name, tell
        self._numbers = itertools.count(1)  # events come from several threads

    def __call__(self, event: Any) -> None:
        """Pass on the number of the event."""
        if event.info.name == self.hears:
            self._tell(next(self._numbers))


def _die(now: bool) -> None:
    if now:
        os.kill(os.getpid(), signal.SIGKILL)


def problems(result: Any) -> str:
    """Return what went wrong in a dbt command, node by node."""
    if result.result is None or not hasattr(result.result, "results"):
        return str(result.exception)
    bad = [node for node in result.result.results if node.status in ("error", "fail")]
    return "; ".join(f"{node.node.name}: {node.message}" for node in bad)
