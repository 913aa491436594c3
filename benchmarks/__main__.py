"""`python -m benchmarks`: measure, print tables, write JSON.

Shape:  options in, tables on standard output, progress on standard error.
Errors: exit code 1 with a sentence; a goal that is missed is a figure, not an error.
        Interrupted or failed anywhere, it shows what it has and leaves neither a server nor a
        folder.
"""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import click
import psycopg

from benchmarks import (
    aggregates,
    decay,
    disk,
    exports,
    growth,
    landing,
    peers,
    queries,
    report,
    sections,
    serving,
    tracking,
)
from benchmarks.growth import Growth, Stage
from benchmarks.processes import warehouse
from benchmarks.server import BenchmarkError, prepared, workplace
from benchmarks.synthetic import Deliveries
from warehouse.connection import Target
from warehouse.errors import WarehouseError

SIZES, FULL_SIZES = [300_000, 1_000_000], [1_000_000, 3_000_000, 10_000_000, 30_000_000]
READ_AT_MOST = 10_000_000  # the size at which readers, disk and rebuild are measured
IDLE_RUNS = 3
PARTS = ("landing", "tracking", "scale", "serving")
LANDING_PEERS: dict[str, Callable[[Target, Path], float | None]] = {
    "dlt": peers.dlt,
    "Singer target": peers.singer,
}


@dataclass(frozen=True)
class Plan:
    """What is to be measured: stored and batch in records, ascending."""

    sizes: list[int]
    batch: int
    seed: int = 1
    parts: frozenset[str] = frozenset(PARTS)
    with_peers: bool = True


def _sizes(_: click.Context, __: click.Parameter, value: str | None) -> list[int] | None:
    if value is None:
        return None
    try:
        sizes = [int(part) for part in value.replace("_", "").split(",")]
    except ValueError:
        raise click.BadParameter("give numbers of records, like 300000,1000000.") from None
    if sizes != sorted(set(sizes)) or sizes[0] < 1_000:
        raise click.BadParameter("give sizes from 1,000 on, each greater than the one before.")
    return sizes


@click.command()
@click.option(
    "--stored",
    callback=_sizes,
    metavar="SIZES",
    help="Records stored when a batch comes, ascending; the first is also what is landed "
    f"beside \\copy.  [default: {','.join(map(str, SIZES))}]",
)
@click.option("--full", is_flag=True, help="1, 3, 10 and 30 million: hours, and 60 GB of disk.")
@click.option("--batch", default=100_000, show_default=True, type=click.IntRange(min=100))
@click.option(
    "--part", "parts", multiple=True, type=click.Choice(PARTS), help="Only this; repeatable."
)
@click.option("--peers/--no-peers", "with_peers", default=True, help="Other tools beside it.")
@click.option("--seed", default=1, show_default=True, help="Of the synthetic deliveries.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path))
def main(
    *,
    stored: list[int] | None,
    full: bool,
    batch: int,
    parts: tuple[str, ...],
    with_peers: bool,
    seed: int,
    json_file: Path | None,
) -> None:
    """Measure the warehouse beside `psql \\copy`, other tools, and itself at other sizes."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sizes = stored or (FULL_SIZES if full else SIZES)
    found, problem = report.Report(), None
    try:
        measure(Plan(sizes, batch, seed, frozenset(parts or PARTS), with_peers), found)
    except (BenchmarkError, WarehouseError, psycopg.Error, OSError) as error:
        problem = str(error)
    except KeyboardInterrupt:
        problem = "interrupted; above is what had been measured"
    if found.goals:
        report.show(found)
        if json_file is not None:
            report.write(json_file, found)
    if problem is not None:
        raise click.ClickException(problem)


def measure(plan: Plan, found: report.Report) -> None:
    """Measure in a folder and a server of their own; `found` has what there is so far."""
    began = time.monotonic()
    until = datetime.combine(datetime.now(UTC).date(), datetime.min.time(), UTC)
    most = plan.sizes[-1]
    contents = max(1, min(most // 10, 20 + most // 1_000))
    deliveries = Deliveries(plan.seed, max(2, most // 20), contents)
    try:
        with workplace() as folder:
            target = prepared("warehouse")
            with target.connect() as session:
                version = session.info.parameter_status("server_version") or "?"
            found.machine = report.machine(version)
            first = folder / "first" / "synthetic.ndjson"
            first.parent.mkdir()
            _say(f"writing {plan.sizes[0]:,} records")
            history = until - growth.LAST_DAY - growth.HISTORY
            deliveries.write(first, plan.sizes[0], history, growth.HISTORY)
            copy = _landing(found, first, plan) if "landing" in plan.parts else None
            if "tracking" in plan.parts:
                _tracking(found)
            if "scale" in plan.parts:
                grown = Growth(target, folder, deliveries, until, plan.batch, _say)
                _scale(found, grown, first, plan, copy)
            elif "serving" in plan.parts:
                grown = Growth(target, folder, deliveries, until, plan.batch, _say)
                grown.begin(first)
                _serving(found, grown, plan)
    finally:
        found.seconds = time.monotonic() - began


def _landing(found: report.Report, path: Path, plan: Plan) -> float:
    """Landing and its peers; the seconds of `\\copy`."""
    measured = landing.measure(prepared("benchmarks"), path, _say)
    others: dict[str, float | None] = {}
    if plan.with_peers:
        kept = peers.readable(path)
        for name, land in LANDING_PEERS.items():
            _say(name)
            others[name] = land(prepared("benchmarks"), kept)
    sections.landed(found, measured, others, path.stat().st_size)
    with prepared("warehouse").connect(autocommit=True) as session:
        session.execute("drop database benchmarks with (force)")
    return median(measured.seconds[landing.COPY])


def _tracking(found: report.Report) -> None:
    """Interactions that are tracked over HTTP, in a database that starts empty."""
    target = prepared("warehouse")
    sections.tracked(found, tracking.measure(target, _say))
    with target.connect(dbname="postgres", autocommit=True) as session:
        session.execute("drop database warehouse with (force)")
    prepared("warehouse")


def _scale(
    found: report.Report, grown: Growth, first: Path, plan: Plan, copy: float | None
) -> None:
    """Growth, and what is measured once on the way."""
    step = grown.begin(first)
    shutil.rmtree(first.parent)
    models = growth.stored_models(grown.target)
    sections.begun(found, step, grown.stored, models, copy)
    once = report.Report()
    stages: list[Stage] = []
    try:
        for place, stage in enumerate(grown.stages(plan.sizes), 1):
            stages.append(stage)
            following = plan.sizes[place] if place < len(plan.sizes) else READ_AT_MOST + 1
            is_last = following > READ_AT_MOST or not grown.has_room(following)
            if is_last and not once.goals:
                _once(once, grown, stage, plan)
    finally:  # hours may have gone by
        if stages:
            sections.grown(found, stages, grown.batch, models)
        found.goals += once.goals
        found.details += once.details
        sections.remembered(found, grown)
        found.remarks += [grown.ended] if grown.ended else []


def _once(found: report.Report, grown: Growth, stage: Stage, plan: Plan) -> None:
    """What is measured at one size; the rebuild comes last: it leaves old rows behind."""
    _say("nothing new")
    sections.idle(found, [warehouse("run") for _ in range(IDLE_RUNS)])
    _say("asking")
    sections.answered(found, queries.ask(grown.target, plan.seed), grown.stored)
    _say("decayed scores")
    compared = decay.compare(grown.target, decay.half_life_days())
    sections.decayed(found, compared)
    stored = disk.relations(grown.target)
    sections.stored(found, stored, grown.landed_bytes, "NDJSON delivered")
    _say("a chat as its exporter writes it")
    chat = grown.folder / "chat.json"
    exports.write(chat, grown.batch, grown.until, plan.seed)
    stored = exports.measure(prepared("chat"), chat)
    sections.stored(found, stored, chat.stat().st_size, "a chat's export")
    chat.unlink()
    if "serving" in plan.parts:
        _serving(found, grown, plan)
    if plan.with_peers:
        ways = aggregates.measure(grown, _say)
        sections.compared(found, ways, stage, grown.batch)
    sections.rebuilt(found, stage, grown.rebuild())
    grown.calm()


def _serving(found: report.Report, grown: Growth, plan: Plan) -> None:
    """Every page and operation over HTTP."""
    _say("serving")
    sections.served(found, list(serving.measure(grown.target, plan.seed)), grown.stored)


def _say(text: str) -> None:
    click.echo(f"{datetime.now(UTC):%H:%M:%S}  {text} …", err=True)


if __name__ == "__main__":
    main()
