"""What people see: tables, sentences and progress, in one look.

Shape:  results in, text out; results on standard output, problems and progress on standard
        error, so that output can be piped.
Errors: none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import PurePath
from typing import Any

import psycopg
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from warehouse.errors import FAILED
from warehouse.loading import Result
from warehouse.runs import Outcome

FILE_WIDTH = 100  # of output that goes to a file or a pipe


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    return console


out = _console(stderr=False)
err = _console(stderr=True)

NUMBERS = (int, float, Decimal)
SHORT_CELL = 20
WIDEST_CELL = 80
UNKNOWN = "\N{EN DASH}"


def say(sentence: str, style: str | None = None) -> None:
    """A line of the result."""
    out.print(escape(sentence), style=style)


def title(text: str) -> None:
    """A heading above what follows."""
    out.print()
    out.print(Text(text, "bold"))


def fail(sentence: str, code: int = FAILED) -> int:
    """A problem, on standard error; returns the exit code to end with."""
    err.print(Text.assemble(("✗ ", "bold red"), sentence))
    return code


def warn(sentence: str) -> None:
    """Something that does not stop anything, on standard error."""
    err.print(Text.assemble(("! ", "bold yellow"), sentence))


def database_sentence(error: psycopg.Error) -> str:
    """An error of the database in one sentence."""
    said = error.diag.message_primary or str(error).strip().splitlines()[0]
    hint = f" {error.diag.message_hint}" if error.diag.message_hint else ""
    match error:
        case psycopg.errors.DiskFull():
            advice = "Nothing was kept of it; free some space, then do it again."
        case psycopg.errors.QueryCanceled() | psycopg.errors.AdminShutdown():
            advice = "Nothing was kept of it; do it again."
        case psycopg.OperationalError():
            advice = "Nothing was kept of it; see `warehouse status`, then do it again."
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
        TextColumn("{task.fields[detail]}", style="dim"),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    with bar:
        yield bar


def table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], heading: str | None = None
) -> None:
    """Rows under their column names; numbers to the right, long text folded or cut."""
    shown = list(rows)
    grid = _grid(heading)
    for index, column in enumerate(columns):
        values = [row[index] for row in shown]
        is_number = any(isinstance(value, NUMBERS) for value in values)
        is_short = all(len(str(value)) <= SHORT_CELL for value in values)
        grid.add_column(
            column, justify="right" if is_number else "left", no_wrap=is_short, overflow="fold"
        )
    for row in shown:
        grid.add_row(*(_cell(value) for value in row))
    out.print(grid)


def _grid(heading: str | None = None) -> Table:
    return Table(
        title=heading,
        title_justify="left",
        title_style="bold",
        header_style="cyan",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1),
    )


def _cell(value: Any) -> Text:
    if value is None:
        return Text(UNKNOWN, style="dim")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, datetime):
        return Text(f"{value:%Y-%m-%d %H:%M}")
    if isinstance(value, Decimal):
        return Text(f"{value.normalize():f}" if value else "0")
    text = " ".join(str(value).split())
    return Text(text if len(text) <= WIDEST_CELL else text[: WIDEST_CELL - 1] + "…")


def loads(results: Sequence[Result]) -> None:
    """What became of each document, and why records were rejected."""
    landed = [result for result in results if result.load is not None]
    if landed:
        grid = _grid()
        grid.add_column("file", no_wrap=True, overflow="ellipsis")
        grid.add_column("platform", min_width=8, no_wrap=True)
        for column in ("records", "landed", "rejected"):
            grid.add_column(column, justify="right", min_width=len(column), no_wrap=True)
        grid.add_column("", min_width=16, no_wrap=True)
        for result in landed:
            grid.add_row(*_landed(result))
        out.print(grid)
    for result in results:
        if result.problem is not None:
            warn(result.problem)


def short_path(name: str) -> str:
    """The last two parts of a path."""
    return str(PurePath(*PurePath(name).parts[-2:]))


def heatmap(heading: str, rows: Mapping[Any, Mapping[int, float]]) -> None:
    """Shares by row and number, as percentages, the greater the brighter."""
    grid = Table.grid(padding=0)
    numbers = sorted({number for cells in rows.values() for number in cells})
    grid.add_row(Text("cohort", "cyan"), *(Text(f"{number:>3} ", "cyan") for number in numbers))
    for name, cells in rows.items():
        grid.add_row(f"{name}  ", *(_shade(cells.get(number)) for number in numbers))
    out.print(Text(heading, "bold"))
    out.print()
    out.print(grid)
    out.print()


def _shade(share: float | None) -> Text:
    if share is None:
        return Text("")
    level = round(30 + 150 * share)
    style = f"rgb(255,255,255) on rgb(0,{level // 2},{level})" if share else "dim"
    return Text(f"{100 * share:3.0f} ", style)


def _landed(result: Result) -> list[Text]:
    load = result.load
    assert load is not None
    note = Text("" if load.is_new else f"same as load {load.load_id}")
    return [
        Text(short_path(result.name)),
        Text(result.platform or ""),
        Text(f"{load.n_in:,}"),
        Text(f"{load.n_landed:,}"),
        Text(f"{load.n_rejected:,}" if load.n_rejected else UNKNOWN),
        note,
    ]


def run(outcome: Outcome) -> None:
    """What a run did."""
    if outcome.run_seq is None and outcome.is_successful:
        say(f"Nothing new: the marts are up to date ({outcome.seconds:.1f} s).")
        return
    for failure in outcome.warnings:
        warn(f"{failure.name}: {failure.message}")
    for failure in outcome.failures:
        err.print(
            Text.assemble(("✗ ", "bold red"), (failure.name, "bold"), ": ", failure.message)
        )
    if not outcome.is_successful:
        warn("What had been finished stays; the next `warehouse run` goes on from there.")
        return
    rejected = f", {outcome.rejected_count:,} rejected" if outcome.rejected_count else ""
    say(
        f"Run {outcome.run_seq}: {_many(outcome.load_count, 'load')} taken up "
        f"({_many(outcome.record_count, 'record')}{rejected}); "
        f"ledger +{outcome.posted:,} −{outcome.reversed:,}; "
        f"{outcome.models} relations built, {_many(outcome.checks, 'check')} passed "
        f"in {outcome.seconds:.1f} s."
    )


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
