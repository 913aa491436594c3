"""A build of a lake: everything, in a fresh folder, which then takes the place of the old one.

Source: the raw tables of a lake; the dbt project.
Shape:  one `Built` per build. People read the folder that `current` names. It is replaced in
        one step, and only by a build in which every check passed.
Units:  seconds; counts of loads, relations and checks.
Errors: WarehouseError where there is no lake, no Java, or Spark does not start; a failed build
        is a result, so that it can be reported whole.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from warehouse import results, state
from warehouse.lake import cluster, constraints, erasures, extra, gate, locks, spark
from warehouse.lake.layout import AS_OF, CURRENT, Lake
from warehouse.lake.numbers import number_loads
from warehouse.results import Failure
from warehouse.transform import Dbt, variables

TARGET = "dbt/target-of-lakes"  # of the state folder
OF_POSTGRESQL = ("runs", "landing_checks")  # they tell of its runs and its quality gate

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class LakeOutput:
    """The output of the profile for a lake: the session is that of this process."""

    output = "lake"

    def environment(self) -> dict[str, str]:
        """Return no variable."""
        return {}


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What a build did. `folder` is null where the previous build stays the current one."""

    seconds: float
    load_count: int
    folder: Path | None
    relations: int = 0
    checks: int = 0
    failures: tuple[Failure, ...] = ()
    warnings: tuple[Failure, ...] = ()


def build(
    folder: str | Path,
    *,
    master: str | None = None,
    as_of: str | None = None,
    accept: bool = False,
    is_after_erasure: bool = False,
    on_step: Callable[[str, int, int], None] | None = None,
    project: Path | None = None,
    look: Callable[[Any], None] | None = None,
) -> Built:
    """Build everything of a lake. With `accept`, take loads that the gate would hold back.

    `is_after_erasure`: the build is the end of an erasure, and leaves new loads to the next.
    `project`: a copy of the dbt project that takes its place. `look` is called with the Spark
    session of a build that succeeded, before it is published.
    """
    began = time.monotonic()
    extra.require("pyspark", "pyarrow")
    extra.require_java()
    lake = Lake(folder)
    lake.require()
    fresh = lake.builds / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    instant = as_of or datetime.now(UTC).isoformat()
    with locks.in_use(lake):
        critical: list[Failure] = []
        warnings: list[Failure] = []
        load_count = 0
        if not is_after_erasure:
            erasures.check(lake)
            critical, warnings = gate.check(lake, (project or state.project_root()) / "seeds")
            if critical and not accept:
                seconds = time.monotonic() - began
                failures = tuple(critical)
                return Built(seconds=seconds, load_count=0, folder=None, failures=failures)
            load_count = number_loads(lake)
        fresh.mkdir(parents=True)
        try:
            with (
                spark.session(lake, fresh, master or cluster.default_master()) as session,
                cluster.Watch(session) as watch,
            ):
                built = _built(session, _dbt(instant, on_step, project))
                if watch.sentence is not None:  # what dbt says is only what came of it
                    built = {"failures": (Failure("Spark", watch.sentence),)}
                if look is not None and not built["failures"]:
                    look(session)
            if not built["failures"]:
                (fresh / AS_OF).write_text(f"{instant}\n", "utf-8")
                _publish(lake, fresh)
        finally:
            if lake.current() != fresh:
                shutil.rmtree(fresh, ignore_errors=True)
    return Built(
        seconds=time.monotonic() - began,
        load_count=load_count,
        folder=None if built["failures"] else fresh,
        **{**built, "warnings": (*critical, *warnings, *built.get("warnings", ()))},
    )


def _dbt(
    as_of: str, on_step: Callable[[str, int, int], None] | None, project: Path | None
) -> Any:
    """Return dbt's result of building everything, with its tests, as of an instant."""
    spark.keep_ansi()
    told: dict[str, object] = {"as_of": as_of, "rebuild": True}
    return Dbt(LakeOutput(), results.steps(on_step)).invoke(
        [
            *("build", "--no-write-json", "--exclude-resource-types", "unit_test"),
            *("--exclude", *OF_POSTGRESQL),
            *("--project-dir", str(project or state.project_root())),
            *("--target-path", str(state.home() / TARGET)),
            *variables(told),
        ]
    )


def _built(session: SparkSession, done: Any) -> dict[str, Any]:
    """Return what dbt did and whether all constraints hold, in the words of `Built`."""
    if isinstance(done.exception, KeyboardInterrupt):
        raise KeyboardInterrupt
    if done.result is None or not hasattr(done.result, "results"):
        reason = results.one_line(str(done.exception or "dbt ended without saying why"))
        return {"failures": (Failure("dbt", reason),)}
    nodes = done.result.results
    failures = tuple(results.said(nodes, results.BAD))
    if not failures and not done.success:
        failures = (Failure("dbt", "ended without saying what failed"),)
    if not failures:
        try:
            failures = tuple(constraints.broken(session, [each.node for each in nodes]))
        except Exception as error:  # whatever Spark says, as where no worker is left
            failures = (Failure("constraints", spark.first_line(error)),)
    return {
        "relations": results.count(nodes, ("model", "seed", "function")),
        "checks": results.count(nodes, ("test",)),
        "failures": failures,
        "warnings": tuple(results.said(nodes, ("warn",))),
    }


def _publish(lake: Lake, fresh: Path) -> None:
    """Let people read a build from now on; remove builds that nobody needs any more."""
    before = lake.current()
    draft = lake.folder / f".{CURRENT}.{os.getpid()}"
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(f"{fresh.name}\n")
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(lake.folder / CURRENT)
    for folder in lake.builds.iterdir():
        # a newer one may be another build that goes on
        if folder.name < fresh.name and folder != before:
            shutil.rmtree(folder, ignore_errors=True)
