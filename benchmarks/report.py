"""What was measured, as tables for people and as JSON.

Shape:  goals, each with what was measured, and details that say how it came about; JSON has
        the same and the machine. A goal that is missed is a figure like any other.
Units:  in each goal's unit and each column's name.
Errors: those of the file system.
"""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import Any

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

FILE_WIDTH = 120

Cell = str | int | float | None


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """One goal. `measured` is null where it could not be, and `note` says why.

    `at_least`, `at_most`: what is wanted; one of them.
    """

    what: str
    measured: float | None = None
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    is_met: bool | None = None
    note: str = ""


class Detail(msgspec.Struct, frozen=True):
    """A table beside the goals; `note` is the sentence below it."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    note: str = ""


class Report(msgspec.Struct):
    """Everything that one run of the benchmarks found."""

    machine: dict[str, Any] = msgspec.field(default_factory=dict)
    seconds: float = 0.0
    goals: list[Goal] = msgspec.field(default_factory=list)
    details: list[Detail] = msgspec.field(default_factory=list)
    remarks: list[str] = msgspec.field(default_factory=list)


def at_least(
    what: str, measured: float | None, limit: float, unit: str = "", note: str = ""
) -> Goal:
    """A goal that more than `limit` meets."""
    is_met = None if measured is None else measured >= limit
    return Goal(
        what=what, measured=measured, unit=unit, at_least=limit, is_met=is_met, note=note
    )


def at_most(
    what: str, measured: float | None, limit: float, unit: str = "", note: str = ""
) -> Goal:
    """A goal that less than `limit` meets."""
    is_met = None if measured is None else measured <= limit
    return Goal(
        what=what, measured=measured, unit=unit, at_most=limit, is_met=is_met, note=note
    )


def machine(server_version: str) -> dict[str, Any]:
    """What the figures depend on; nothing that tells whose machine it is."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(
            os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1
        ),
        "system": platform.system(),
        "python": platform.python_version(),
        "postgresql": server_version,
    }


def show(report: Report) -> None:
    """Print the details, then the goals: what counts stands last, above the prompt."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    for detail in report.details:
        console.print(_of_detail(detail))
        console.print()
    console.print(_of_goals(report.goals))
    for remark in report.remarks:
        console.print(remark)
    minutes = f"{report.seconds / 60:.0f} minutes in all"
    named = [
        f"{name.replace('_gib', ' GiB')} {value}" for name, value in report.machine.items()
    ]
    console.print(", ".join([*named, minutes]), style="dim")


def write(path: Path, report: Report) -> None:
    """Write the same as JSON."""
    content = msgspec.json.encode(report)
    path.write_bytes(msgspec.json.format(content, indent=2) + b"\n")


def number(value: Cell) -> str:
    """A value for people: thousands parted, three digits that count, none that do not."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if value == 0 or isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) < 0.001:
        return f"{value:.1e}"
    return f"{value:.{3 if abs(value) < 0.1 else 2 if abs(value) < 10 else 1}f}"


def _of_goals(goals: list[Goal]) -> Table:
    met = sum(goal.is_met is True for goal in goals)
    table = Table(
        title=f"Goals: {met} of {len(goals)} met",
        title_style="bold",
        title_justify="left",
        box=box.ROUNDED,
    )
    table.add_column("what")
    for name in ("measured", "goal"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    table.add_column("")
    for goal in goals:
        sign, limit = ("≥", goal.at_least) if goal.at_most is None else ("≤", goal.at_most)
        colour, mark = {True: ("green", "✓"), False: ("red", "✗"), None: ("dim", "–")}[
            goal.is_met
        ]
        unit = f" {goal.unit}" if goal.unit else ""
        table.add_row(
            goal.what,
            number(goal.measured) + (unit if goal.measured is not None else ""),
            f"{sign} {limit:g}{unit}",
            f"[{colour}]{mark}[/]",
            f"[dim]{goal.note}[/]",
        )
    return table


def _of_detail(detail: Detail) -> Table:
    table = Table(
        title=detail.title,
        title_style="bold",
        title_justify="left",
        caption=detail.note or None,
        caption_justify="left",
        box=box.SIMPLE_HEAD,
    )
    for place, name in enumerate(detail.columns):
        is_text = place == 0 or any(isinstance(row[place], str) for row in detail.rows)
        table.add_column(name, justify="left" if is_text else "right")
    for row in detail.rows:
        table.add_row(*(number(cell) for cell in row))
    return table


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.machine()
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()
