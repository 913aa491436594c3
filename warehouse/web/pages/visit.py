"""One request for a page: who asks, about which workspace, and what the page shows.

Source: the published marts, read as the analyst; each question names the workspace.
Shape:  a `Page` declares its tables; its `build` returns a `View` of figures and charts.
Units:  those of the marts.
Errors: ProblemError: 404, 422, 503.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import psycopg
from markupsafe import Markup
from psycopg import sql

from warehouse.web import parameters, problems
from warehouse.web.pages import chosen, tables, values
from warehouse.web.pages.asker import Asker
from warehouse.web.pages.charts import Chart, sparkline
from warehouse.web.pages.tables import Heading, Row, Shown, Table
from warehouse.web.problems import ProblemError
from warehouse.web.resources import Item, List
from warehouse.web.statements import Condition

BASE = problems.PAGES
NAMED = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Figure:
    """A number at the top of a page: against the period before, and where it leads."""

    label: str
    value: str
    change: str | None = None
    period: str = ""
    spark: Markup | None = None
    href: str | None = None


@dataclass(frozen=True)
class Fact:
    """A line about one thing, as its row says it."""

    label: str
    name: str
    kind: str = "text"
    key: str | None = None
    otherwise: tuple[str, ...] = ()


@dataclass
class View:
    """What a page shows before its tables."""

    heading: str | None = None
    lead: str | None = None
    figures: list[Figure] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    row: Row = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A page: its address below /analytics, its tables, and what builds the rest.

    `item`: the mart with the thing of the address; `place` is the key of the navigation.
    `early`: files of SQL that take long, read while the tables are asked. `periods`: numbers of
    days to choose from; figures are about the first where nobody does.
    """

    path: str
    title: str
    lead: str
    place: str
    tables: tuple[Table, ...]
    build: Callable[[Visit], View]
    item: Item | None = None
    about: Callable[[Visit], Row | None] | None = None
    refresh: int | None = None
    early: tuple[str, ...] = ()
    periods: tuple[int, ...] = ()


@dataclass
class Visit:
    """One request for a page."""

    asker: Asker
    page: Page
    workspace: str
    is_one_of_many: bool
    version: str | None
    as_of: datetime
    zone: tzinfo
    zone_name: str
    parameters: Mapping[str, str]
    has_models: bool = False  # whether dbt's page of the models can be read
    id: Any = None
    item: Row = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)
    questions: list[tuple[str, str]] = field(default_factory=list)

    @property
    def today(self) -> date:
        """Return the day that the marts are about, in the workspace's zone."""
        return self.as_of.astimezone(self.zone).date()

    @property
    def path(self) -> str:
        """Return the address of this page, below /analytics."""
        return self.page.path.partition("{")[0] + (
            quote(str(self.id), safe="") if self.id else ""
        )

    def url(self, path: str = "", /, **given: Any) -> str:
        """Return an address below /analytics, about the same workspace."""
        always = {"workspace": self.workspace} if self.is_one_of_many else {}
        query = urlencode({**always, **{name: each for name, each in given.items() if each}})
        return BASE + (f"/{path}" if path else "") + (f"?{query}" if query else "")

    def here(self, **given: Any) -> str:
        """Return the address of this page with some parameters changed; null takes one away."""
        kept = {
            name: each
            for name, each in self.parameters.items()
            if name not in ("workspace", "csv") and name not in given
        }
        return self.url(self.path, **kept, **given)

    @property
    def parent(self) -> str | None:
        """Return the path of the page that leads to this one; null where that is none."""
        page = self.page
        return page.place if page.place not in ("", page.path) else None

    @property
    def days(self) -> int | None:
        """Return of how many days the figures are; null on a page without periods."""
        if not self.page.periods:
            return None
        chosen = self.parameters.get("days", str(self.page.periods[0]))
        known = {str(each): each for each in self.page.periods}
        if chosen not in known:
            raise ProblemError(422, f"days: one of {', '.join(known)}.")
        return known[chosen]

    @property
    def periods(self) -> list[tuple[int, str]]:
        """Return the periods of the page, each with its address."""
        first, *others = self.page.periods or (None,)
        if first is None:
            return []
        return [
            (first, self.here(days=None)),
            *((each, self.here(days=each)) for each in others),
        ]

    def ago(self, value: Any) -> str:
        """Write how long before the moment of the numbers a time was; empty after it."""
        found = values.instant(value)
        if found is None or found > self.as_of:
            return ""
        return values.ago((self.as_of - found).total_seconds())

    def values(self) -> Row:
        """Return the values that a file of SQL may name."""
        return {
            "workspace": self.workspace,
            "id": self.id,
            "as_of": self.as_of,
            "today": self.today,
            "days": self.days,
            "zone": self.zone_name,
            "platform": self.parameters.get("platform"),
            "tag": self.parameters.get("tag"),
            "q": self.parameters.get("q", "").strip()[:100],
        }

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a file of SQL, and note the question for the page.

        A question that takes too long has none: the other figures are still worth showing.
        """
        text = tables.text_of(name)
        self.questions.append((name, self._said(text)))
        try:
            return self.read(text)
        except psycopg.errors.QueryCanceled:
            return []

    def read(self, text: sql.SQL) -> list[Row]:
        """Return the rows of a question; only the values that it names tell it from others."""
        given = self._named(text)
        return self.asker.rows(text, given, self.version)

    def one(self, name: str) -> Row:
        """Return the only row of a file of SQL; nulls where it has none."""
        found = self.rows(name)
        return found[0] if found else _Nulls()

    def tally(self, table: Table, name: str) -> list[Row] | None:
        """Return the counts that a file of SQL asks for, as they came with a list.

        They are null where the list took too long.
        """
        assert isinstance(table.source, List)
        text = tables.text_of(name)
        self.questions.append((name, self._said(text)))
        if self.shown[table.name].is_late:
            return None
        wanted = [Condition("workspace_id", "=", self.workspace), *table.where(self)]
        try:
            if self.version is None:
                return self.read(text)
            found = self.asker.lists.tally(table.source, wanted, self.version)
        except psycopg.errors.QueryCanceled:
            return None
        return list(msgspec.json.decode(found))

    def choices(self, name: str) -> list[str] | None:
        """Return what a filter may be; null where that is too much to choose from."""
        file = {"platform": "platforms", "tag": "tags"}.get(name)
        if file is None:
            return None
        rows = self.read(tables.text_of(file))
        return [row[name] for row in rows]

    def ask(self, table: Table) -> Shown:
        """Return a table with its rows."""
        try:
            if isinstance(table.source, str):
                return self._file(table, table.source)
            return self._list(table, table.source)
        except psycopg.errors.QueryCanceled:
            return Shown(table, [], "", is_late=True)

    def csv(self, table: Table) -> tuple[str, bool]:
        """Return a table as CSV, all pages of it, and whether there is more."""
        text: sql.Composable
        if isinstance(table.source, str):
            text = tables.text_of(table.source)
            given = self._named(text)
        else:
            text, given = self._question(table, table.source, table.fields)
        asked = sql.SQL("select to_json(item)::text from (\n{}\n) as item limit {}").format(
            text, sql.Literal(tables.MOST_CSV_ROWS + 1)
        )
        with self.asker.database.analyst() as session:
            rows = tables.decoded(session.execute(asked, given).fetchall())
        if isinstance(table.source, str):
            rows = tables.sorted_rows(rows, self._by(table))
        is_cut = len(rows) > tables.MOST_CSV_ROWS
        return tables.as_csv(table.fields, rows[: tables.MOST_CSV_ROWS]), is_cut

    def _named(self, text: sql.SQL) -> Row:
        """Return the values that a file of SQL names."""
        known = self.values()
        return {name: known[name] for name in NAMED.findall(text.as_string(None))}

    def _by(self, table: Table) -> str:
        """Return by what a file of SQL is to be sorted; empty for its own order."""
        by = self.parameters.get(f"{table.prefix}sort", "")
        is_known = by.removeprefix("-") in {each.name for each in table.columns}
        return by if is_known else ""

    def _file(self, table: Table, name: str) -> Shown:
        text = tables.text_of(name)
        rows = self.read(text)
        is_cut = len(rows) > tables.MOST_ROWS
        by = self._by(table)
        headings = [self._heading(table, each, by, both=True) for each in table.columns]
        return Shown(
            table,
            rows[: tables.MOST_ROWS],
            self._said(text),
            headings,
            self.here(csv=table.name),
            is_cut=is_cut,
            by=by,
        )

    def _list(self, table: Table, resource: List) -> Shown:
        given = chosen.checked(table, resource, self.parameters, self.zone)
        wanted = [Condition("workspace_id", "=", self.workspace), *table.where(self)]
        page = msgspec.json.decode(self.asker.lists.page(resource, wanted, given, self.version))
        headings = [
            self._heading(
                table, each, given.sort, offered=[sort.name for sort in resource.sorts]
            )
            for each in table.columns
        ]
        text, known = self._question(table, resource, table.fields)
        limited = sql.SQL("{}\nlimit {}").format(text, sql.Literal(given.limit))
        prefix = table.prefix
        following = page["next"] and self.here(**{f"{prefix}cursor": page["next"]})
        first = self.here(**{f"{prefix}cursor": None}) if given.cursor else None
        return Shown(
            table,
            page["items"],
            _literal(limited, known),
            headings,
            self.here(csv=table.name, **{f"{prefix}cursor": None}),
            following,
            first,
            chosen.chips(self, table),
            self.here(**{f"{prefix}{each.name}": None for each in table.filters})
            if table.filters
            else None,
            self.parameters.get(f"{prefix}sort", ""),
        )

    def _question(
        self, table: Table, resource: List, names: list[str]
    ) -> tuple[sql.Composed, Row]:
        given = chosen.checked(table, resource, self.parameters, self.zone)
        sort = next(sort for sort in resource.sorts if sort.name == given.sort)
        wanted = [
            Condition("workspace_id", "=", self.workspace),
            *table.where(self),
            *parameters.conditions(resource, given),
        ]
        return tables.whole(resource, names, sort, wanted)

    def _heading(
        self,
        table: Table,
        column: tables.Column,
        by: str,
        *,
        both: bool = False,
        offered: list[str] | None = None,
    ) -> Heading:
        """Return a heading that sorts by its column, where that can be."""
        name = column.name
        choices = (
            [f"-{name}", name]
            if both
            else [each for each in (f"-{name}", name) if each in (offered or [])]
        )
        if column.kind == "names":
            choices = []
        direction = {f"-{name}": "descending", name: "ascending"}.get(by)
        following = next((each for each in choices if each != by), None)
        wanted = {f"{table.prefix}sort": following, f"{table.prefix}cursor": None}
        return Heading(column, self.here(**wanted) if following else None, direction)

    def _said(self, text: sql.SQL) -> str:
        """Return the question of a file with its values."""
        return _literal(text, self.values())

    def spark(self, rows: list[Row], name: str) -> Markup | None:
        """Return a line of one column."""
        return sparkline([row[name] for row in rows])


class _Nulls(dict[str, Any]):
    """A row that is not there."""

    def __missing__(self, _: str) -> None:
        return None


def _literal(text: sql.Composable, given: Mapping[str, Any]) -> str:
    """Return a statement with its values written in: to be read, never to be run here."""

    def value(found: re.Match[str]) -> str:
        return sql.Literal(given[found[1]]).as_string(None)

    return NAMED.sub(value, text.as_string(None)).replace("%%", "%")


def counted(count: Any, one: str, many: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{values.number(count)} {one if count == 1 else many or one + 's'}"


def moment(label: str, value: Any, visit: Visit) -> Figure:
    """Return a time as a figure: the day, and below it the hour."""
    day, _, clock = values.time(value, visit.zone).partition(", ")
    return Figure(label, day, period=clock)
