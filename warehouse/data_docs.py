"""Data Docs of the landing gate: pages that read well without a network.

Source: what was measured, and the results of Great Expectations where it was asked: its
        renderer makes the sections of a page; the
        page around them is ours (templates/), as its own would fetch styles and scripts.
Shape:  data_docs/ in the state folder: index.html, and a folder per run with a page per
        platform; only the newest `KEPT` runs stay.
Errors: OSError where the folder cannot be written.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from warehouse import state
from warehouse.thresholds import MEASURES, Checked, shown

KEPT = 20
RECORD = "run.json"

TEMPLATES = Path(__file__).parent / "templates"


class Platform(msgspec.Struct, frozen=True):
    """One page: a platform, its checks and how many of them failed."""

    name: str
    checks: int
    failed: int


class Run(msgspec.Struct, frozen=True):
    """What the index says of a run; `problems`: (is critical, sentence).

    `held`: workspaces that wait on; `is_held`: nothing was published.
    """

    at: datetime
    database: str
    is_held: bool
    platforms: list[Platform]
    problems: list[tuple[bool, str]]
    held: list[str] = []  # records of earlier versions have none

    @property
    def is_critical(self) -> bool:
        """Whether something critical was found, published or not."""
        return any(is_critical for is_critical, _ in self.problems)

    @property
    def folder(self) -> str:
        """The name of its folder; names sort as times do."""
        return f"{self.at:%Y-%m-%dT%H%M%S.%fZ}"


def publish(
    checked: Sequence[tuple[Checked, list[dict[str, Any]]]],
    problems: list[tuple[bool, str]],
    *,
    database: str,
    at: datetime,
    held: Sequence[str],
    is_held: bool,
) -> Path:
    """Write the pages of a run, drop those of the oldest; returns the index.

    `checked`: results with the rows of landing_measures.sql that they are of.
    """
    platforms = [_platform(item) for item, _ in checked]
    run = Run(at, database, is_held, platforms, problems, list(held))
    root = state.home() / "data_docs"
    # the run lock lets one at a time write for a database: what a killed one left is replaced
    name = quote(database, safe="")
    draft = root / f".{name}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    for item, rows in checked:
        page = _page(item, rows, run)
        (draft / f"{item.platform}.html").write_text(page, "utf-8")
    (draft / RECORD).write_bytes(msgspec.json.encode(run))
    draft.rename(root / run.folder)
    records = sorted(root.glob(f"*/{RECORD}"), reverse=True)
    for record in records[KEPT:]:
        shutil.rmtree(record.parent, ignore_errors=True)
    runs = [msgspec.json.decode(path.read_bytes(), type=Run) for path in records[:KEPT]]
    index = root / "index.html"
    draft = root / f".{name}.html"
    draft.write_text(_render("index.html", runs=runs), "utf-8")
    draft.replace(index)
    return index


def _platform(checked: Checked) -> Platform:
    return Platform(checked.platform, checked.check_count, checked.failed_count)


def _page(checked: Checked, rows: list[dict[str, Any]], run: Run) -> str:
    columns = ["workspace_id", "format", "record_count", "interaction_count", "earlier_loads"]
    headings = ["workspace", "format", "records", "interactions", "earlier loads"]
    return _render(
        "page.html",
        run=run,
        platform=checked.platform,
        headings=[*headings, *(measure.title for measure in MEASURES.values())],
        measured=[
            [*(row[name] for name in columns), *(shown(name, row[name]) for name in MEASURES)]
            for row in rows
        ],
        sections=[Markup(section) for section in checked.sections],
    )


def _render(name: str, **values: object) -> str:
    pages = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True)
    return pages.get_template(name).render(values)
