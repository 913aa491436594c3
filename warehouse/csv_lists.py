"""Lists that people write as CSV: all rows are right, or nothing of the file is taken.

Source: a CSV in UTF-8 with a header.
Shape:  `rows` returns the cells of each row by column; `each` what a function makes of them.
Units:  cells are without spaces around them. Lines count from 1, the header included.
Errors: WarehouseError for a file or a header that is wrong, and with every row that is, by its
        line.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from warehouse.errors import WarehouseError

MOST_PROBLEMS = 20  # that a message names

Made = TypeVar("Made")


@dataclass(frozen=True)
class Row:
    """A row; one with a problem has no cells."""

    line_no: int
    cells: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None


def rows(path: Path, columns: Sequence[str], needed: Collection[str] = ()) -> list[Row]:
    """Return the rows of a file, whose header has the needed ones of the columns."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            names = reader.fieldnames or []
            unknown = [name for name in names if name not in columns]
            if not names or not {*needed} <= {*names} or unknown:
                others = ", ".join(name for name in columns if name not in needed)
                must = " and ".join(f"`{name}`" for name in needed)
                raise WarehouseError(
                    f"{path.name} needs a header with {f'{must} and ' if must else ''}some of "
                    f"{others}."
                    + (f" It has {', '.join(map(repr, unknown))}." if unknown else "")
                )
            return list(_checked(reader))
    except (UnicodeDecodeError, csv.Error) as error:
        raise WarehouseError(
            f"Nothing of {path.name} was recorded: it is not a CSV in UTF-8 ({error})."
        ) from None


def _checked(reader: csv.DictReader[str]) -> Iterator[Row]:
    """Yield rows with their cells, or with what is wrong with them."""
    for row in reader:
        if None in row or None in row.values():
            problem = "it has a different number of cells than the header."
            yield Row(reader.line_num, problem=problem)
        elif nul := [name for name, cell in row.items() if "\0" in cell]:
            problem = f"{nul[0]} contains a NUL character; take it out."
            yield Row(reader.line_num, problem=problem)
        else:
            yield Row(reader.line_num, {name: cell.strip() for name, cell in row.items()})


def each(
    path: Path, found: Iterable[Row], make: Callable[[Mapping[str, str]], Made]
) -> list[Made]:
    """Return what a function makes of the cells of each row."""
    made: list[Made] = []
    problems: list[str] = []
    for row in found:
        try:
            if row.problem is not None:
                raise WarehouseError(row.problem)
            made.append(make(row.cells))
        except WarehouseError as error:
            problems.append(f"line {row.line_no}: {error}")
    if problems:
        shown = problems[:MOST_PROBLEMS]
        if len(problems) > len(shown):
            shown.append(f"and {len(problems) - len(shown):,} more lines.")
        raise WarehouseError(f"Nothing of {path.name} was recorded. " + " ".join(shown))
    return made
