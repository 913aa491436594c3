"""Tables of pages: what they ask, what they show, and the same as CSV.

Source: a list of the API's form, which pages by key, or a file of SQL with few rows.
Shape:  rows as dictionaries of JSON values; a column says how its values are written.
Units:  those of the marts.
Errors: ProblemError 422 for a parameter or a cursor that cannot be.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg import sql

from warehouse import queries
from warehouse.web import contracts
from warehouse.web.parameters import BEFORE, FROM
from warehouse.web.resources import List, Sort
from warehouse.web.statements import Condition, condition

if TYPE_CHECKING:
    from warehouse.web.pages.chosen import Chip
    from warehouse.web.pages.visit import Visit

FOLDER = Path(__file__).parent / "sql"
MOST_ROWS = 500  # of a file of SQL, on a page
MOST_CSV_ROWS = 100_000

Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A column: its name in the rows, its heading, how its values are written.

    `key`: the column with what a link leads to. `about`: what it means, where no mart says so.
    `otherwise`: the columns that stand in for it where it is null, the first that is not.
    """

    name: str
    label: str
    kind: str = "text"
    key: str | None = None
    about: str | None = None
    otherwise: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether its values stand at the right."""
        return self.kind in ("number", "percent", "duration", "change")


@dataclass(frozen=True)
class Filter:
    """A parameter that chooses rows: some values, whatever one writes, or days of a range."""

    name: str
    label: str
    choices: tuple[str, ...] | None = None

    @property
    def is_day(self) -> bool:
        """Whether it is the beginning or the end of a range of days."""
        return self.name.endswith((FROM, BEFORE))

    @property
    def column(self) -> str:
        """Return the column that it is about."""
        return self.name.removesuffix(FROM).removesuffix(BEFORE)


def days_of(column: str) -> tuple[Filter, Filter]:
    """Return the filters for a period: its first day and its last one."""
    return Filter(column + FROM, "From"), Filter(column + BEFORE, "Until")


DAYS_OF_TIME = days_of("occurred_at")


@dataclass(frozen=True)
class Table:
    """A table of a page.

    `source`: a list, or the name of a file of SQL. `where`: further conditions of a list.
    `mart`: whose contract describes the columns of a file. `is_main`: its parameters have no
    prefix. `is_folded`: the numbers of a chart, behind a click.
    """

    name: str
    title: str
    source: List | str
    columns: tuple[Column, ...]
    empty: str
    where: Callable[[Visit], Sequence[Condition]] = lambda _: ()
    filters: tuple[Filter, ...] = ()
    mart: str | None = None
    is_main: bool = False
    is_folded: bool = False
    note: str | None = None
    limit: int = 50

    @property
    def prefix(self) -> str:
        """Return what its parameters begin with."""
        return "" if self.is_main else f"{self.name}-"

    @property
    def definitions(self) -> list[tuple[Column, str]]:
        """Return its columns with what they mean."""
        mart = self.source.mart if isinstance(self.source, List) else self.mart
        known = (
            {each.name: each.description for each in contracts.columns(mart)} if mart else {}
        )
        told = ((each, each.about or known.get(each.name)) for each in self.columns)
        return [(each, text) for each, text in told if text]

    @property
    def fields(self) -> list[str]:
        """Return the columns of its CSV: those shown, and the ids behind them."""
        names = [each.name for each in self.columns]
        names += [name for each in self.columns for name in each.otherwise]
        names += [each.key for each in self.columns if each.key is not None]
        return list(dict.fromkeys(names))


@dataclass(frozen=True)
class Heading:
    """A column at the top of a table: `url` sorts by it, `direction` is how it is sorted."""

    column: Column
    url: str | None
    direction: str | None


@dataclass(frozen=True)
class Shown:
    """A table that has been asked: its rows, the question, and where more is.

    `rows` are in the order of the question, whatever `by` the reader has sorted the table.
    `is_late`: it took too long, and has no rows for that reason alone. `is_cut`: there are more
    rows than a page shows of a file of SQL.
    """

    table: Table
    rows: list[Row]
    question: str
    headings: list[Heading] = field(default_factory=list)
    csv_url: str = ""
    next_url: str | None = None
    first_url: str | None = None
    chips: Sequence[Chip] = ()
    clear_url: str | None = None
    sort: str = ""
    is_late: bool = False
    is_cut: bool = False
    by: str = ""

    @property
    def listed(self) -> list[Row]:
        """Return its rows in the order that the reader has chosen."""
        return sorted_rows(self.rows, self.by)

    @property
    def count(self) -> str:
        """Say how many rows there are, as far as is known without counting all of them."""
        shown = len(self.rows)
        if self.is_cut or (self.next_url and not self.first_url):
            return f"first {shown} rows"
        if self.next_url or self.first_url:
            return f"{shown} more rows"
        return "1 row" if shown == 1 else f"{shown} rows"

    @property
    def has_more(self) -> bool:
        """Whether there are more rows than the page shows."""
        return self.is_cut or self.next_url is not None or self.first_url is not None


@cache
def text_of(name: str) -> sql.SQL:
    """Return the SQL of a file."""
    return sql.SQL((FOLDER / f"{name}.sql").read_text("utf-8").rstrip().rstrip(";"))


def decoded(rows: Sequence[Sequence[Any]]) -> list[Row]:
    """Return rows that were read as JSON."""
    return [msgspec.json.decode(row[0]) for row in rows]


def whole(
    resource: List, names: Sequence[str], sort: Sort, wanted: Sequence[Condition]
) -> tuple[sql.Composed, Row]:
    """Return the question of a list as an analyst would ask it, without pages."""
    values = {f"value_{number}": each.value for number, each in enumerate(wanted)}
    where = sql.SQL("\n    and ").join(
        condition(each, name) for each, name in zip(wanted, values, strict=True)
    )
    order = sql.SQL(", ").join(
        sql.SQL("{}{}{}").format(
            sql.Identifier(each.name),
            sql.SQL(" desc" if each.is_descending else ""),
            sql.SQL(" nulls last" if sort.has_nulls and not place else ""),
        )
        for place, each in enumerate(sort.columns)
    )
    text = sql.SQL("select {}\nfrom {}\nwhere {}\norder by {}").format(
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.Identifier(resource.mart),
        where,
        order,
    )
    return text, values


def as_csv(names: Sequence[str], rows: Sequence[Row]) -> str:
    """Return rows as CSV; a text that a spreadsheet would compute gets an apostrophe."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return stream.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return queries.harmless(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        return queries.harmless(msgspec.json.encode(value).decode())
    return value


def sorted_rows(rows: list[Row], by: str) -> list[Row]:
    """Return rows in the order of a column, - is descending; null comes last."""
    if not by:
        return rows
    name = by.removeprefix("-")
    known = [row for row in rows if row[name] is not None]
    known.sort(key=lambda row: _comparable(row[name]), reverse=by.startswith("-"))
    return [*known, *(row for row in rows if row[name] is None)]


def _comparable(value: Any) -> Any:
    return value if isinstance(value, int | float) else str(value).casefold()
