"""What was measured, as a table for people and as JSON.

Shape:  one `Figure` per line of the table; JSON has the same lines and the machine.
Units:  records per second; a ratio is that of the same run's `psql \\copy`.
Errors: those of the file system.
"""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

FILE_WIDTH = 120


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was measured, or why it was not."""

    what: str
    seconds: float | None = None
    records_per_second: float | None = None
    ratio: float | None = None
    goal: float | None = None
    note: str = ""


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


def show(figures: list[Figure], of_machine: dict[str, Any], heading: str) -> None:
    """Print the table."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    table = Table(title=heading, title_justify="left")
    table.add_column("what")
    for name in ("seconds", "records/s", "ratio", "goal"):
        table.add_column(name, justify="right")
    table.add_column("")
    for figure in figures:
        table.add_row(
            figure.what,
            _number(figure.seconds, ".2f"),
            _number(figure.records_per_second, ",.0f"),
            _number(figure.ratio, ".2f"),
            _goal(figure),
            figure.note,
        )
    console.print(table)
    console.print(", ".join(f"{name} {value}" for name, value in of_machine.items()))


def write(path: Path, figures: list[Figure], of_machine: dict[str, Any]) -> None:
    """Write the same as JSON."""
    content = msgspec.json.encode({"machine": of_machine, "figures": figures})
    path.write_bytes(msgspec.json.format(content, indent=2) + b"\n")


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _goal(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    is_met = figure.ratio is not None and figure.ratio >= figure.goal
    return f"[{'green' if is_met else 'red'}]≥ {figure.goal:.2f} {'✓' if is_met else '✗'}[/]"


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.machine()
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()
