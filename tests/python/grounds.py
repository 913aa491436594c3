"""A copy of the project and a database, both as good as new for every chronicle.

Source: the checkout, copied; a database in which everything was built once, copied as well.
Shape:  `Grounds` builds with dbt in this process, or in a child that is killed.
Units:  a place in a build is the number of statements, or of nodes, that dbt has begun.
Errors: `BuildError` with dbt's own words where a build that should succeed does not.
"""

from __future__ import annotations

import csv
import itertools
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from warehouse import connection, database
from warehouse.transform import Dbt, variables

STORED = ("config.materialized:incremental",)
SEEDED = ("resource_type:seed", "resource_type:function")


class BuildError(AssertionError):
    """What dbt could not do."""


class Grounds:
    """Where chronicles happen, one after the other."""

    def __init__(
        self,
        project: Path,
        name: str,
        template: str | None = None,
        template_as_of: datetime | None = None,
    ) -> None:
        """`template`: a database made by `as_template` of other grounds, built already;
        `template_as_of`: as of when, where it was by the same project."""
        self.project = project
        self.target = connection.resolve(name)
        self._template = template
        self._template_as_of = template_as_of
        self._seeds = {file: file.read_bytes() for file in (project / "seeds").glob("*.csv")}
        self._dbts: dict[str, Dbt] = {}
        self._listen: Callable[[Any], None] = _ignore
        self._views_as_of: datetime | None = None
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

    def as_template(self, template: str, as_of: datetime) -> str:
        """Build everything in an empty database; chronicles begin with a copy of it."""
        with self.target.connect(autocommit=True) as session:
            database.prepare(session)
        self.build(as_of)
        self._copy_database(self.target.dbname, template)
        self._template, self._template_as_of = template, as_of
        return template

    def renew(self) -> psycopg.Connection:
        """Make everything new; a session in the new database."""
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
        """A build; `on_node` is told how many nodes have begun, at each of them.

        The first one as of an instant is whole. Others leave out views, of which the text
        has not changed, seeds that are what they were and, but for a rebuild, tests.
        """
        if on_node is not None:
            self._listen = _counting("LogStartLine", on_node)
        try:
            kinds = (*STORED, *(SEEDED if self._are_seeds_new else ()))
            result = self._build(as_of, kinds, rebuild)
        finally:
            self._listen = _ignore
        if not result.success:
            raise BuildError(problems(result))
        self._views_as_of, self._are_seeds_new = as_of, False

    def killed_build(self, as_of: datetime, after: int) -> bool:
        """A build in a child that kills itself before it sends a statement.

        `after`: how many it sends before. False where it was done earlier.
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
        self._listen = _counting("SQLQuery", lambda number: _die(number > after))
        if not self._build(as_of, (*STORED, *SEEDED), threads=1).success:
            sys.exit(1)

    def _tell(self, event: Any) -> None:
        self._listen(event)

    def _build(
        self, as_of: datetime, kinds: Sequence[str], rebuild: bool = False, threads: int = 2
    ) -> Any:
        """`kinds`: what is built where views have been built as of that instant."""
        is_whole = self._views_as_of != as_of
        left_out = () if is_whole or rebuild else ("test",)
        tests = ("resource_type:test",) if rebuild else ()
        return self._invoke(
            "build",
            as_of,
            rebuild,
            *("--no-write-json", "--threads", str(threads)),
            *("--exclude-resource-types", "unit_test", *left_out),
            *(() if is_whole else ("--select", *kinds, *tests)),
        )

    def _invoke(
        self, command: str, as_of: datetime, rebuild: bool = False, *arguments: str
    ) -> Any:
        """A dbt command; what it has parsed is kept for each set of variables."""
        kept = f"{as_of:%Y%m%dT%H%M%S}-{'rebuild' if rebuild else 'run'}"
        dbt = self._dbts.setdefault(kept, Dbt(self.target, on_event=self._tell))
        return dbt.invoke(
            [
                *(command, "--project-dir", str(self.project)),
                *("--target-path", str(self.project / "target" / kept)),
                *variables({"as_of": as_of.isoformat(), "rebuild": rebuild}),
                *arguments,
            ]
        )


def _ignore(event: Any) -> None:
    """Nobody listens."""


def _counting(name: str, tell: Callable[[int], None]) -> Callable[[Any], None]:
    """Tells how often an event of a name has been seen, each time."""
    numbers = itertools.count(1)  # events come from several threads

    def listen(event: Any) -> None:
        if event.info.name == name:
            tell(next(numbers))

    return listen


def _die(now: bool) -> None:
    if now:
        os.kill(os.getpid(), signal.SIGKILL)


def problems(result: Any) -> str:
    """What went wrong in a command of dbt, node by node."""
    if result.result is None or not hasattr(result.result, "results"):
        return str(result.exception)
    bad = [node for node in result.result.results if node.status in ("error", "fail")]
    return "; ".join(f"{node.node.name}: {node.message}" for node in bad)
