"""What people see: tables, sentences and progress, in one look.

All text passes through `display.visible`: names and messages of strangers are shown, never
obeyed by the terminal.

Shape:  results in, text out; results on standard output, problems and progress on standard
        error, so that output can be piped.
Errors: none.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import PurePath
from typing import Any

import psycopg
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from warehouse import invocation
from warehouse.display import visible
from warehouse.errors import FAILED

FILE_WIDTH = 100  # of output that goes to a file or a pipe


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Whoever reads has enough, as `head`: the command goes on, and says it to nobody."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def _console(*, stderr: bool) -> Console:
    console = _Console(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    return console


out = _console(stderr=False)
err = _console(stderr=True)
program = invocation.NAME  # `cli.main` replaces it by what the reader typed

GAP = 2  # between columns
SHORT_CELL = 20
WIDEST_CELL = 80
UNKNOWN = "\N{EN DASH}"


def say(sentence: str, style: str | None = None) -> None:
    """A line of the result."""
    out.print(Text(advice(sentence), style or ""), soft_wrap=not out.is_terminal)


def title(text: str) -> None:
    """A heading above what follows."""
    out.print()
    out.print(Text(visible(text), "bold"))


def fail(sentence: str, code: int = FAILED) -> int:
    """A problem, on standard error; returns the exit code to end with."""
    _report(Text.assemble(("✗ ", "bold red"), advice(sentence)))
    return code


def failure(name: str, message: str) -> None:
    """What failed and why, on standard error."""
    _report(Text.assemble(("✗ ", "bold red"), (visible(name), "bold"), ": ", advice(message)))


def hint(text: str) -> None:
    """Where there is more, on standard error."""
    _report(Text(f"  {visible(text)}", "dim"))


def warn(sentence: str) -> None:
    """Something that does not stop anything, on standard error."""
    _report(Text.assemble(("! ", "bold yellow"), advice(sentence)))


def _report(text: Text) -> None:
    err.print(text, soft_wrap=not err.is_terminal)  # a sentence is one line of a log


def advice(sentence: str) -> str:
    """A sentence for people, whose commands work where they stand."""
    return visible(sentence).replace(f"`{invocation.NAME} ", f"`{program} ")


def database_sentence(error: psycopg.Error) -> str:
    """An error of the database in one sentence."""
    said = error.diag.message_primary or str(error).strip().splitlines()[0]
    hint = f" {error.diag.message_hint}" if error.diag.message_hint else ""
    match error:
        case psycopg.errors.DiskFull():
            advice = "Uncommitted work was rolled back; free some space, then run it again."
        case psycopg.errors.OutOfMemory():
            advice = "Uncommitted work was rolled back; run it again when less is going on."
        case psycopg.errors.ReadOnlySqlTransaction():
            advice = "Nothing was written; use a server that accepts writes, then run it again."
        case psycopg.OperationalError():
            advice = "Uncommitted work was rolled back; run it again."
        case _:
            advice = ""
    return f"PostgreSQL says: {said}.{hint} {advice}".strip()


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress display on standard error; silent where that is no terminal."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[detail]}", style="dim", markup=False),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    with bar:
        yield bar


@contextmanager
def steps(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """The same for a run, which tells what it has just finished, its number of how many."""
    with progress() as bar:
        task = bar.add_task(title, total=None, detail="")
        yield lambda name, number, total: bar.update(
            task, completed=number, total=total, detail=visible(name)
        )


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    heading: str | None = None,
    widest: int | None = None,
) -> None:
    """Rows under their column names; where that is too wide, each row by itself.

    `widest`: of longer cells, as the texts of strangers may be, the beginning is shown.
    """
    if heading is not None:
        title(heading)
    shown = list(rows)
    columns = [visible(column) for column in columns]
    cells = [[_cell(value, widest) for value in row] for row in shown]
    widths = [
        max(cell_len(text) for text in (column, *(row[index].plain for row in cells)))
        for index, column in enumerate(columns)
    ]
    if sum(min(width, SHORT_CELL) + GAP for width in widths) > out.width:
        _one_by_one(columns, shown)
        return
    grid = _grid()
    for index, column in enumerate(columns):
        is_number = any(_is_number(row[index]) for row in shown)
        grid.add_column(
            column,
            justify="right" if is_number else "left",
            min_width=min(widths[index], SHORT_CELL),
            no_wrap=widths[index] <= SHORT_CELL,
            overflow="fold",
        )
    for row in cells:
        grid.add_row(*row)
    out.print(grid)


def _one_by_one(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Rows as lists of their values, for what is wider than the terminal."""
    if not rows:
        out.print(Text(", ".join(columns), "cyan"))
    for number, row in enumerate(rows, 1):
        grid = Table.grid(padding=(0, GAP, 0, 0))
        grid.add_column(style="cyan", no_wrap=True)
        grid.add_column(overflow="fold")
        for column, value in zip(columns, row, strict=True):
            grid.add_row(column, _cell(value))
        if len(rows) > 1:
            out.print(Text(f"Row {number:,}", "bold"))
        out.print(grid)


def _grid() -> Table:
    return Table(
        header_style="cyan", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, GAP - 1, 0, 0)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _cell(value: Any, widest: int | None = None) -> Text:
    if value is None:
        return Text(UNKNOWN, style="dim")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, datetime):
        return Text(value.replace(tzinfo=None).isoformat(" ", "seconds"))
    if isinstance(value, Decimal):
        return Text(f"{value.normalize():f}" if value else "0")
    said = value if isinstance(value, str) else _plain(value)
    text = visible(" ".join(said.split()))
    return Text(text if widest is None or len(text) <= widest else text[: widest - 1] + "…")


def _plain(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def remark(*lines: str) -> None:
    """What helps with the problems above it."""
    for line in lines:
        for part in Text(advice(line)).wrap(err, err.width - 2):
            err.print(Text.assemble("  ", (part.plain, "dim")))


def files(
    columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Set[str], long: int = 0
) -> None:
    """A table with one column, `long`, of names: of those too long the end is shown."""
    cells = [[Text(visible(cell)) for cell in row] for row in rows]
    rest = sum(
        GAP + max(len(column), *(row[index].cell_len for row in cells))
        for index, column in enumerate(columns)
        if index != long
    )
    grid = _grid()
    for column in columns:
        grid.add_column(column, justify="right" if column in numbers else "left", no_wrap=True)
    for row in cells:
        row[long] = _end_of(row[long], out.width - rest - GAP)
        grid.add_row(*row)
    out.print(grid)


def _end_of(text: Text, width: int) -> Text:
    """The end of a text, where names differ."""
    excess = text.cell_len - max(width, SHORT_CELL)
    return text if excess <= 0 else Text("…" + text.plain[excess + 1 :])


def what_is_wrong(detail: str) -> str:
    """The detail of a reject, beside a column that has its number."""
    return re.sub(r"\Arecord [0-9]+:? ", "", detail)


def short_path(name: str) -> str:
    """The last two parts of a path."""
    return visible(str(PurePath(*PurePath(name).parts[-2:])))


def heatmap(heading: str, rows: Mapping[Any, Mapping[int, float]]) -> None:
    """Shares by row and number, as percentages, the greater the brighter."""
    grid = Table.grid(padding=0)
    numbers = sorted({number for cells in rows.values() for number in cells})
    grid.add_row(Text("cohort", "cyan"), *(Text(f"{number:>3} ", "cyan") for number in numbers))
    for name, cells in rows.items():
        shades = (_shade(cells.get(number)) for number in numbers)
        grid.add_row(Text(f"{visible(str(name))}  "), *shades)
    out.print(Text(visible(heading), "bold"))
    out.print()
    out.print(grid)
    out.print()


def _shade(share: float | None) -> Text:
    if share is None:
        return Text("")
    level = round(30 + 150 * share)
    style = f"rgb(255,255,255) on rgb(0,{level // 2},{level})" if share else "dim"
    return Text(f"{100 * share:3.0f} ", style)


def many(count: int, noun: str) -> str:
    """A number of things."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
