"""What a fixed batch costs the more is stored, and what all of it costs from nothing.

Source: synthetic deliveries, landed and run by the commands `load`, `run` and `rebuild`.
Shape:  one `Stage` per size. The first file is the first size; files of at most a million
        lines, each with its run, fill up to the next. At each size the tables are vacuumed,
        then `BATCHES` different batches of the same length land and run, each timed, and as
        many of `FEW` lines.
Units:  seconds of whole processes; stored and batch in lines of NDJSON. History lies within
        `HISTORY` before the last day, batches (with what comes late in them) on the last
        day, at every size: what grows is the volume, not the calendar.
Errors: BenchmarkError where a command fails. Where the disk would not do for the next size,
        growing ends with a sentence in `Growth.ended`.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import linear_regression, median

from benchmarks.processes import Done, warehouse
from benchmarks.synthetic import Deliveries
from warehouse.connection import Target

WORKSPACE = "benchmarks"
HISTORY, LAST_DAY = timedelta(days=300), timedelta(days=1)
BATCHES = 3
FEW = 1_000  # lines: most runs are of so few
FILE = 1_000_000  # lines of a file that fills up
LINE_BYTES = 1_500  # stored for a line, before that is known
BEFORE, VIEWS = "start, landing gate, reading the project", "views"
SEEDS, CHECKS = "seeds, functions, hooks", "checks of the result"
RESERVE = 2  # times what the next lines need: a rebuild has old and new rows at once
LOG_BYTES = 4 * 2**30  # the server's write-ahead log, and files to land


@dataclass
class Step:
    """Something landed, then a run."""

    load: Done
    run: Done

    @property
    def seconds(self) -> float:
        """Of both."""
        return self.load.seconds + self.run.seconds


@dataclass
class Stage:
    """What was measured at one size: `stored` lines before the first batch.

    `few`: of the batches of `FEW` lines.
    """

    stored: int
    batches: list[Step] = field(default_factory=list)
    few: list[Step] = field(default_factory=list)

    @property
    def run_seconds(self) -> float:
        """The median of the batches' runs."""
        return median(step.run.seconds for step in self.batches)

    def part_seconds(self, stored_models: Sequence[str]) -> dict[str, float]:
        """The median of each part that all of the runs had."""
        runs = [parts(step.run, stored_models) for step in self.batches]
        names = [name for name in runs[0] if all(name in run for run in runs)]
        return {name: median(run[name] for run in runs) for name in names}


@dataclass
class Growth:
    """Everything that has landed so far, and what came of it."""

    target: Target
    folder: Path
    deliveries: Deliveries
    until: datetime
    batch: int
    on_step: Callable[[str], None]
    stored: int = 0
    landed_bytes: int = 0
    load_peak: int = 0
    run_peak: int = 0
    rebuild_peak: int = 0
    first: Step | None = None
    ended: str = ""

    def begin(self, path: Path) -> Step:
        """Land the first file, run: everything is new."""
        self.on_step("landing the first file, first run")
        self.first = self._land(path, _lines(path))
        return self.first

    def stages(self, sizes: list[int]) -> Iterator[Stage]:
        """Measure at each size; what is done between two of them happens at that size."""
        for size in sizes:
            if not self._fill(size):
                return
            self.calm()
            stage = Stage(self.stored)
            for number in range(BATCHES):
                self.on_step(f"batch {number + 1} of {BATCHES} at {size:,}")
                stage.batches.append(self.land_batch())
            self.calm()
            for number in range(BATCHES):
                self.on_step(f"{FEW:,} records, {number + 1} of {BATCHES} at {size:,}")
                stage.few.append(self.land_batch(FEW))
            yield stage

    def land_batch(self, records: int | None = None) -> Step:
        """Land a batch of the last day, of its usual length if not given, and run."""
        return self._deliver(records or self.batch, self.until - LAST_DAY, LAST_DAY)

    def rebuild(self) -> Done:
        """Make everything anew; the old rows stay on the disk until it is vacuumed."""
        self.on_step("rebuild")
        rebuild = warehouse("rebuild", "--accept")
        self.rebuild_peak = max(self.rebuild_peak, rebuild.peak_bytes)
        return rebuild

    def _fill(self, size: int) -> bool:
        """Land history until so many lines are stored; whether the disk would do."""
        while self.stored < size:
            if not self.has_room(size):
                return False
            records = min(FILE, size - self.stored)
            self.on_step(f"filling up to {size:,}: {self.stored:,} are stored")
            self._deliver(records, self.until - LAST_DAY - HISTORY, HISTORY)
        return True

    def _deliver(self, records: int, begin: datetime, span: timedelta) -> Step:
        path = self.folder / "delivery.ndjson"
        self.deliveries.write(path, records, begin, span)
        step = self._land(path, records)
        path.unlink()
        return step

    def _land(self, path: Path, records: int) -> Step:
        load = warehouse("load", str(path), "--workspace", WORKSPACE)
        run = warehouse("run", "--accept")
        self.stored += records
        self.landed_bytes += path.stat().st_size
        self.load_peak = max(self.load_peak, load.peak_bytes)
        self.run_peak = max(self.run_peak, run.peak_bytes)
        return Step(load, run)

    def has_room(self, size: int) -> bool:
        """Whether the disk would do for so many lines; if not, `ended` says so."""
        with self.target.connect() as session:
            row = session.execute("select pg_database_size(current_database())").fetchone()
        a_line = row[0] / self.stored if row and self.stored else LINE_BYTES
        wanted = RESERVE * a_line * (size - self.stored) + LOG_BYTES
        free = shutil.disk_usage(self.folder).free
        if free < wanted:
            self.ended = (
                f"Ended at {self.stored:,}: {size:,} need about {wanted / 2**30:.0f} GiB, "
                f"{free / 2**30:.0f} GiB are free."
            )
        return free >= wanted

    def calm(self) -> None:
        """Let nothing that filling up has left to do meet the clock."""
        self.on_step("vacuum, checkpoint")
        with self.target.connect(autocommit=True) as session:
            session.execute("vacuum (analyze)")
            session.execute("checkpoint")


def exponent(stages: list[Stage], seconds: Callable[[Stage], float]) -> float | None:
    """The slope of log seconds over log stored; None for fewer than two sizes."""
    if len(stages) < 2:
        return None
    sizes = [math.log(stage.stored) for stage in stages]
    return linear_regression(sizes, [math.log(seconds(stage)) for stage in stages]).slope


def parts(run: Done, stored_models: Sequence[str]) -> dict[str, float]:
    """A run's seconds: before dbt builds, each model that stores rows, and all the rest.

    Where two are built at a time, they add up to more than the run.
    """
    models = run.models
    stored = {name: models[name] for name in stored_models if name in models}
    checks = sum(took for (kind, _), took in run.nodes.items() if kind == "test")
    return {
        BEFORE: run.seconds - run.dbt_seconds,
        **stored,
        VIEWS: sum(models.values()) - sum(stored.values()),
        SEEDS: sum(run.nodes.values()) - sum(models.values()) - checks,
        CHECKS: checks,
    }


def stored_models(target: Target) -> list[str]:
    """The core models that store rows."""
    with target.connect() as session:
        rows = session.execute(
            "select tablename from pg_tables where schemaname = 'core' order by tablename"
        )
        return [name for (name,) in rows]


def _lines(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(1 for _ in stream)
