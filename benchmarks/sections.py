"""What the figures of each part say: its goals, and the details that they rest on.

Source: what the measuring modules return.
Shape:  each function adds its part to a report.
Units:  ratios to `psql \\copy` are its seconds by ours: 1 is as fast, 0.5 takes twice as long.
Errors: none; what could not be measured is a goal without a figure, and its note says why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from benchmarks import growth, landing, tracking
from benchmarks.aggregates import Way
from benchmarks.decay import Compared
from benchmarks.disk import Relation
from benchmarks.growth import Growth, Stage, Step
from benchmarks.processes import Done
from benchmarks.queries import Answered
from benchmarks.report import Cell, Detail, Goal, Report, at_least, at_most
from benchmarks.serving import Served

SHOWN = 12  # relations
MANY = 1_000_000  # stored lines
SHORT = 0.1  # seconds: the exponent of anything shorter is noise
MEBIBYTE = 2**20


def landed(
    report: Report, measured: landing.Measured, peers: dict[str, float | None], size: int
) -> None:
    """Landing beside `psql \\copy` and other tools."""
    took = {name: median(seconds) for name, seconds in measured.seconds.items()}
    base = took[landing.COPY]
    notes = {
        landing.ONE: f"{measured.rejected:,} rejected",
        landing.TWO: "both halves of the file at once",
    }
    rows: list[tuple[Cell, ...]] = [
        (name, seconds, round(measured.records / seconds), base / seconds, notes.get(name, ""))
        for name, seconds in took.items()
    ]
    for name, other in peers.items():
        if other is None:
            rows.append((name, None, None, None, "not installed"))
        else:
            rate = round(measured.records / other)
            rows.append((name, other, rate, base / other, "one turn, start included"))
    title = f"Landing {measured.records:,} records, {size / MEBIBYTE:.0f} MiB"
    columns = ("way", "seconds", "records/s", "\\copy = 1", "")
    report.details.append(Detail(title, columns, rows))
    of_copy = f"{measured.records:,} records, \\copy {base:.2f} s"
    report.goals += [
        at_least("landing / \\copy, one process", base / took[landing.ONE], 0.60, "", of_copy),
        at_least("landing / \\copy, two processes", base / took[landing.TWO], 0.90),
    ]


def tracked(report: Report, measured: tracking.Measured) -> None:
    """Interactions that are tracked over HTTP."""
    rate = measured.answered / measured.seconds
    rows: list[tuple[Cell, ...]] = [
        ("answered as fast as it goes", round(rate), "interactions/s"),
        ("median latency at a steady rate", measured.latency(0.5) * 1_000, "ms"),
        ("99th percentile", measured.latency(0.99) * 1_000, "ms"),
        ("longest", measured.steady[-1] * 1_000, "ms"),
        ("answered in all", measured.sent, "interactions"),
        ("landed", measured.landed, "distinct"),
        ("until the last had landed", measured.landing_seconds, "s"),
    ]
    title = f"Tracking in batches of {tracking.BATCH}, steady at {tracking.STEADY:,}/s"
    report.details.append(Detail(title, ("what", "measured", ""), rows))
    report.goals += [
        at_least("tracked interactions answered, each durable", rate, 5_000, "/s"),
        at_most(
            f"99th percentile at {tracking.STEADY:,}/s",
            measured.latency(0.99) * 1_000,
            50,
            "ms",
        ),
        at_most("answered interactions that did not land", measured.sent - measured.landed, 0),
    ]


def begun(
    report: Report, first: Step, stored: int, stored_models: Sequence[str], copy: float | None
) -> None:
    """Everything new: landing and the first run, and the share of each step."""
    total, load = first.seconds, first.load.seconds
    parts = growth.parts(first.run, stored_models)
    before = parts.pop(growth.BEFORE)
    work = sum(parts.values()) or 1.0
    rows: list[tuple[Cell, ...]] = [
        ("landing", load, 100 * load / total),
        (f"run: {growth.BEFORE}", before, 100 * before / total),
    ]
    for name, seconds in sorted(parts.items(), key=lambda part: -part[1]):
        share = 100 * seconds / work * first.run.dbt_seconds / total
        rows.append((f"run: {name}", seconds, share))
    note = "Two things are done at a time: seconds add up to more than those of the whole."
    title = f"Landing and running {stored:,} new records: {total:.1f} s"
    report.details.append(Detail(title, ("step", "seconds", "share, %"), rows, note))
    report.goals.append(
        at_least(
            f"land + run of {stored:,} new / \\copy",
            None if copy is None else copy / total,
            0.10,
            note=f"{total:.1f} s" if copy else "only with the part landing",
        )
    )


def grown(report: Report, stages: list[Stage], batch: int, stored_models: list[str]) -> None:
    """Runs of the batch at each size, and how they grow."""
    per_stage = [stage.part_seconds(stored_models) for stage in stages]
    shared = [name for name in per_stage[-1] if all(name in parts for parts in per_stage)]
    whole = growth.exponent(stages, lambda stage: stage.run_seconds)
    exponents = {
        name: _exponent(stages, [parts[name] for parts in per_stage])
        for name in shared
        if max(parts[name] for parts in per_stage) >= SHORT
    }
    counted = {
        name: value
        for name, value in exponents.items()
        if value is not None and name in stored_models
    }
    rows: list[tuple[Cell, ...]] = [
        (
            "landing it",
            *(median(step.load.seconds for step in one.batches) for one in stages),
            None,
        ),
        ("whole run", *(stage.run_seconds for stage in stages), whole),
    ]
    for name in sorted(shared, key=lambda name: -per_stage[-1][name]):
        rows.append((name, *(parts[name] for parts in per_stage), exponents.get(name)))
    columns = ("seconds, median", *(f"{stage.stored:,} stored" for stage in stages), "exponent")
    note = f"Exponents only from {SHORT} s on: those of anything shorter are noise."
    title = f"A batch of {batch:,} records, the more is stored"
    report.details.append(Detail(title, columns, rows, note))
    between = f"{stages[0].stored:,} to {stages[-1].stored:,} stored"
    report.goals.append(at_most("growth exponent of a batch's run", whole, 0.20, note=between))
    worst = max(counted, key=lambda name: counted[name], default=None)
    report.goals.append(
        at_most(
            "growth exponent of the worst core model",
            counted[worst] if worst else None,
            0.20,
            note=f"{worst}; {_within(counted, 0.20)} of {len(counted)} within the goal"
            if worst
            else "",
        )
    )
    report.goals += _of_few(stages)


def _of_few(stages: list[Stage]) -> list[Goal]:
    """The run of few new records, where a million or, if not, the most is stored."""
    stage = next((one for one in stages if one.stored >= MANY), stages[-1])
    runs = [step.run for step in stage.few]
    if not runs:
        return []
    what = f"run of {growth.FEW:,} new records on {stage.stored:,} stored"
    seconds = median(run.seconds for run in runs)
    worked = median(run.processor_seconds for run in runs)
    return [
        at_most(what, seconds, 4.0, "s", "whole process"),
        at_most("the same, processor time", worked, 6.0, "s", "the server apart"),
    ]


def rebuilt(report: Report, stage: Stage, rebuild: Done) -> None:
    """The batch's run beside a rebuild of all."""
    report.goals.append(
        at_most(
            f"a batch's run / rebuild, at {stage.stored:,}",
            100 * stage.run_seconds / rebuild.seconds,
            5.0,
            "%",
            f"{stage.run_seconds:.1f} s / {rebuild.seconds:.1f} s",
        )
    )


def idle(report: Report, runs: list[Done]) -> None:
    """A run with nothing new."""
    seconds = median(run.seconds for run in runs)
    report.goals.append(at_most("run with nothing new", seconds, 4.0, "s", "whole process"))


def answered(report: Report, found: list[Answered], stored: int) -> None:
    """How long readers wait."""
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        question, most = one.question, max(one.milliseconds)
        median_ms, slow_ms = one.percentile(0.5), one.percentile(0.95)
        times = len(one.milliseconds)
        rows.append((question.name, times, median_ms, slow_ms, most, question.statement))
        what = f"{question.name}: p95"
        report.goals.append(at_most(what, slow_ms, question.goal_ms, "ms"))
    columns = ("question", "asked", "p50, ms", "p95, ms", "most, ms", "statement")
    note = "As the analyst, on one open connection, planning included."
    report.details.append(Detail(f"Asking, at {stored:,} stored", columns, rows, note))


def served(report: Report, found: list[Served], stored: int) -> None:
    """How long those wait who look at pages, and programs."""
    rows: list[tuple[Cell, ...]] = [
        (
            one.route.path,
            len(one.milliseconds),
            one.first,
            _percentile(one.milliseconds, 0.5),
            _percentile(one.milliseconds, 0.95),
            _percentile(one.bare, 0.95),
        )
        for one in found
    ]
    columns = ("route", "asked", "first, ms", "p50, ms", "p95, ms", "bare p95, ms")
    note = "Bare: the questions of its tables one after the other, as the analyst."
    report.details.append(Detail(f"Serving, at {stored:,} stored", columns, rows, note))
    for what, is_page, goal in (("pages", True, 150.0), ("API", False, 30.0)):
        some = [one for one in found if one.route.is_page is is_page]
        for word, value in (("p95", _slow), ("first answer", _first)):
            worst = max(some, key=value, default=None)
            report.goals.append(
                at_most(
                    f"{what}, {word} of the slowest",
                    None if worst is None else value(worst),
                    goal,
                    "ms",
                    "" if worst is None else f"{worst.route.path}; {_count(some, value, goal)}",
                )
            )


def _first(one: Served) -> float:
    return one.first


def _slow(one: Served) -> float:
    return _percentile(one.milliseconds, 0.95)


def _count(some: list[Served], value: Callable[[Served], float], goal: float) -> str:
    return f"{sum(value(one) <= goal for one in some)} of {len(some)} within the goal"


def _percentile(ascending: list[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))]


def decayed(report: Report, compared: Compared | None) -> None:
    """The decayed score beside a full recompute."""
    report.goals.append(
        at_most(
            "decayed score: relative error",
            None if compared is None else compared.greatest_error,
            1e-9,
            note="not in the marts" if compared is None else f"{compared.scores:,} scores",
        )
    )


def stored(
    report: Report, relations: list[Relation], landed_bytes: int, delivered: str
) -> None:
    """What is stored beside what was delivered."""
    total = sum(relation.total for relation in relations)

    def row(name: str, some: list[Relation]) -> tuple[Cell, ...]:
        rows, indexes, size = (
            sum(getattr(relation, column) for relation in some)
            for column in ("rows", "indexes", "total")
        )
        of_delivered = size / landed_bytes
        return (
            name,
            rows,
            size / MEBIBYTE,
            indexes / MEBIBYTE,
            of_delivered,
            100 * size / total,
        )

    rows = [row(relation.name, [relation]) for relation in relations[:SHOWN]]
    if relations[SHOWN:]:
        rows.append(row(f"{len(relations) - SHOWN} others", relations[SHOWN:]))
    rows.append(row("everything", relations))
    columns = ("relation", "rows", "MiB", "of it indexes", "delivered = 1", "share, %")
    title = f"Stored, of {landed_bytes / MEBIBYTE:,.0f} MiB of {delivered}"
    report.details.append(Detail(title, columns, rows))
    report.goals.append(at_most(f"everything stored / {delivered}", total / landed_bytes, 3.0))


def remembered(report: Report, grown: Growth) -> None:
    """Memory of the processes beside the server."""
    most = max(grown.load_peak, grown.run_peak)
    report.goals.append(
        at_most(
            "peak memory beside the server",
            most / 1e6 if most else None,
            512.0,
            "MB",
            f"load {grown.load_peak / 1e6:.0f}, run {grown.run_peak / 1e6:.0f}, "
            f"rebuild {grown.rebuild_peak / 1e6:.0f}",
        )
    )


def compared(report: Report, ways: list[Way], stage: Stage, batch: int) -> None:
    """Other ways to keep totals."""
    rows: list[tuple[Cell, ...]] = [
        (way.name, way.seconds, way.wrong, way.note) for way in ways
    ]
    title = f"Totals per follower, once {batch:,} more have landed on {stage.stored:,}"
    columns = ("way", "seconds", "rows wrong", "")
    note = "Wrong: other than a full recompute of the same moment has it."
    report.details.append(Detail(title, columns, rows, note))


def _exponent(stages: list[Stage], seconds: list[float]) -> float | None:
    took = dict(zip((stage.stored for stage in stages), seconds, strict=True))
    return growth.exponent(stages, lambda stage: took[stage.stored])


def _within(exponents: dict[str, float], limit: float) -> int:
    return sum(value <= limit for value in exponents.values())
