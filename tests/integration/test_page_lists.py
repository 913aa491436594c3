"""Lists of pages: they hold what the question that is shown asks for, and are read once."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from api_questions import Marts, owner_of
from psycopg import sql
from served import BASE as API
from served import FIRST, Served

from warehouse.web import contracts, parameters
from warehouse.web.databases import Database
from warehouse.web.kept import Kept, Row
from warehouse.web.lists import Lists
from warehouse.web.pages import tables
from warehouse.web.pages.every import PAGES
from warehouse.web.pages.tables import Table
from warehouse.web.pages.visit import BASE as PAGES_BASE
from warehouse.web.pages.visit import Page
from warehouse.web.resources import LISTS, List
from warehouse.web.statements import Condition

OF_PAGES = [
    (page, table, table.source)
    for page in PAGES
    for table in page.tables
    if isinstance(table.source, List) and table.source not in LISTS
]


@pytest.fixture(scope="module")
def marts(open_server: Served) -> Iterator[Marts]:
    with owner_of(open_server) as session:
        yield session


@pytest.fixture(scope="module")
def database(open_server: Served) -> Iterator[Database]:
    opened = Database(lambda: open_server.target)
    yield opened
    opened.close()


def conditions(page: Page, table: Table, marts: Marts) -> list[list[Condition]]:
    """Return the conditions of the list for each thing that the page can be about."""
    ids: list[Any] = [None]
    if "{" in page.path:
        assert isinstance(table.source, List)
        about = table.where(visit(None))[0].column
        asked = sql.SQL("select distinct {} as id from {} where workspace_id = %s").format(
            sql.Identifier(about), sql.Identifier(table.source.mart)
        )
        ids = [row["id"] for row in marts.execute(asked, (FIRST,)) if row["id"] is not None]
    return [[Condition("workspace_id", "=", FIRST), *table.where(visit(one))] for one in ids]


def visit(one: Any) -> Any:
    """Return what conditions ask of a visit."""
    return SimpleNamespace(id=one, workspace=FIRST, parameters={}, values=lambda: {"q": ""})


@pytest.mark.parametrize(
    ("page", "table", "resource"), OF_PAGES, ids=lambda each: getattr(each, "name", "")
)
def test_pages_of_a_list_are_its_question(
    page: Page, table: Table, resource: List, marts: Marts, database: Database
) -> None:
    names = [column.name for column in contracts.columns(resource.mart)]
    visited = 0
    for wanted in conditions(page, table, marts):
        for sort in resource.sorts:
            text, values = tables.whole(resource, names, sort, wanted)
            asked = sql.SQL("select to_json(item) as item from ({}) as item").format(text)
            rows = [row["item"] for row in marts.execute(asked, values)]
            assert walked(database, resource, sort.name, wanted) == rows
            visited += len(rows)
    assert visited or table.name == "blocked"  # nobody of the samples is


def walked(
    database: Database, resource: List, sort: str, wanted: list[Condition]
) -> list[dict[str, Any]]:
    """Return the items of all pages, a few at a time."""
    lists, found, cursor = Lists(database), [], None
    while True:
        given = parameters.model(resource)(workspace=None, sort=sort, limit=2, cursor=cursor)
        page = msgspec.json.decode(lists.page(resource, wanted, given, None))
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


def test_what_people_and_programs_ask_alike_is_read_once(
    open_server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths: list[str] = []
    read, held = Lists._read, Kept.held

    def noted(lists: Lists, resource: List, *more: Any) -> list[Row]:
        paths.append(resource.path)
        return read(lists, resource, *more)

    monkeypatch.setattr(Lists, "_read", noted)
    monkeypatch.setattr(Kept, "held", lambda kept, key, *more: held(kept, f"{key}!", *more))
    for module in ("api", "pages.site"):  # no turn of the clock meanwhile
        monkeypatch.setattr(f"warehouse.web.{module}.MOST_SECONDS", 10**12)
    with open_server.client() as client:
        for place in (PAGES_BASE, f"{API}/alerts"):
            assert client.get(place, params={"workspace": FIRST}).status_code == 200
    assert paths == ["alerts"]


def test_the_order_of_a_table_changes_no_figure_and_no_chart(open_server: Served) -> None:
    with open_server.client() as client:
        plain, by_count = (
            client.get(PAGES_BASE, params={"workspace": FIRST, **given}).text
            for given in ({}, {"days-sort": "-interaction_count"})
        )
    assert plain != by_count
    above = [
        html.partition('<ul class="figures">')[2].partition("<section")[0]
        for html in (plain, by_count)
    ]
    assert above[0] == above[1] != ""
