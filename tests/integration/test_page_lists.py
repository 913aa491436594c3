"""Lists of pages: they hold what the question that is shown asks for, and are read once."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest
from api_questions import Marts, owner_of
from page_reader import ReadPage
from psycopg import sql
from served import BASE as API
from served import FIRST, SECOND, Served, serving

from warehouse.web import contracts, parameters, statements
from warehouse.web.ahead import Ahead
from warehouse.web.databases import Database
from warehouse.web.kept import Held, Kept, Read
from warehouse.web.lists import Lists
from warehouse.web.pages import tables
from warehouse.web.pages.every import PAGES
from warehouse.web.pages.tables import Table
from warehouse.web.pages.visit import BASE, Page
from warehouse.web.resources import LISTS, List
from warehouse.web.settings import Settings
from warehouse.web.statements import Condition, Statement

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
    tallied, held = statements.tallied, Kept.held

    def noted(resource: List, *more: Any) -> Statement:
        paths.append(resource.path)
        return tallied(resource, *more)

    monkeypatch.setattr(statements, "tallied", noted)
    monkeypatch.setattr(Kept, "held", lambda kept, key, *more: held(kept, f"{key}!", *more))
    # no turn of the clock meanwhile
    monkeypatch.setattr("warehouse.web.standing.MOST_SECONDS", 10**12)
    with open_server.client() as client:
        for place in (BASE, f"{API}/alerts"):
            assert client.get(place, params={"workspace": FIRST}).status_code == 200
    assert paths == ["alerts"]


TALLIED = [each for each in LISTS if each.tallied]


@pytest.mark.parametrize("most", [1, 2_000])
@pytest.mark.parametrize("resource", TALLIED, ids=lambda each: each.path)
def test_a_tally_counts_all_rows_however_few_are_kept(
    resource: List,
    most: int,
    marts: Marts,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also those of a workspace without rows, of which there is nothing to count."""
    monkeypatch.setattr("warehouse.web.kept.MOST_ROWS", most)
    assert resource.parts is None
    assert not any(sort.has_nulls for sort in resource.sorts)
    names = sql.SQL(", ").join(map(sql.Identifier, resource.tallied))
    asked = sql.SQL(
        "select {0}, count(*) as row_count from {1} where workspace_id = %s"
        " group by {0} order by {0}"
    ).format(names, sql.Identifier(resource.mart))
    counted = []
    for workspace in (FIRST, SECOND, "nobody"):
        rows = [dict(row) for row in marts.execute(asked, (workspace,))]
        wanted = [Condition("workspace_id", "=", workspace)]
        lists = Lists(database)
        assert msgspec.json.decode(lists.tally(resource, wanted, "1")) == rows
        counted.append(sum(row["row_count"] for row in rows))
    assert max(counted) > 1
    assert counted[-1] == 0


def test_a_page_counts_its_alerts_as_its_question_does(
    open_server: Served, marts: Marts
) -> None:
    (row,) = marts.execute(
        "select count(*) as alerts, count(*) filter (where severity = 'warning') as warnings"
        " from engagement_alerts where workspace_id = %s",
        (FIRST,),
    ).fetchall()
    with open_server.client() as client:
        page = ReadPage(client.get(BASE, params={"workspace": FIRST}).text)
    said = " ".join(page.text.split())
    assert f"Alerts {row['alerts']} {row['warnings']} warning" in said


def test_what_is_read_ahead_keeps_nobody_waiting(
    open_server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All pages about nothing particular, and the lists that are computed as a whole."""
    monkeypatch.setattr("warehouse.web.standing.MOST_SECONDS", 10**12)
    is_read = threading.Event()
    reads: list[str] = []
    look, held = Ahead.look, Kept.held

    def looked(ahead: Ahead) -> None:
        look(ahead)
        is_read.set()

    def noted(kept: Kept, question: str, version: str, read: Callable[[int], Read]) -> Held:
        def reading(most: int) -> Read:
            reads.append(question)
            return read(most)

        return held(kept, question, version, reading)

    monkeypatch.setattr(Ahead, "look", looked)
    monkeypatch.setattr(Kept, "held", noted)
    settings = Settings(lambda: open_server.target, tmp_path, reads_ahead=True)
    with (
        serving(settings) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=60) as client,
    ):
        assert is_read.wait(60)
        assert len(reads) == len({*reads}) > 20
        before = len(reads)
        places = [f"{BASE}/{page.path}".rstrip("/") for page in PAGES if "{" not in page.path]
        places += [f"{API}/{each.path}" for each in LISTS if each.parent is None]
        for place in places:
            for workspace in (FIRST, SECOND):
                answer = client.get(place, params={"workspace": workspace})
                assert answer.status_code == 200
                if place not in (f"{BASE}/live",):
                    assert reads[before:] == [], place
                before = len(reads)


def test_the_order_of_a_table_changes_no_figure_and_no_chart(open_server: Served) -> None:
    with open_server.client() as client:
        plain, by_count = (
            client.get(BASE, params={"workspace": FIRST, **given}).text
            for given in ({}, {"days-sort": "-interaction_count"})
        )
    assert plain != by_count
    above = [
        html.partition('<ul class="figures">')[2].partition("<section")[0]
        for html in (plain, by_count)
    ]
    assert above[0] == above[1] != ""


# -- who is named --

UNNAMED = re.compile(rf'href="{BASE}/followers/[^"]*"><bdi>unnamed')


def test_nobody_who_is_known_is_unnamed(open_server: Served, marts: Marts) -> None:
    """Some platforms tell no user names, others no names at all; an id is always known."""
    nameless = "select count(*) as found from followers where {} is null"
    for name in ("username", "coalesce(username, display_name)"):
        asked = sql.SQL(nameless).format(sql.SQL(name))
        assert [row["found"] > 0 for row in marts.execute(asked)] == [True]
    items = "select workspace_id, 'content/' || id as path from content_items"
    paths = [(row["workspace_id"], row["path"]) for row in marts.execute(items)]
    alone = [page.path for page in PAGES if "{" not in page.path]
    paths += [(each, path) for each in (FIRST, SECOND) for path in alone]
    with open_server.client() as client:
        for workspace, path in paths:
            address = f"{BASE}/{path}".rstrip("/")
            answer = client.get(address, params={"workspace": workspace})
            assert answer.status_code == 200, path
            assert not UNNAMED.findall(answer.text), path


@pytest.fixture(scope="module")
def client(open_server: Served) -> Iterator[httpx.Client]:
    with open_server.client() as opened:
        yield opened


def read(client: httpx.Client, url: str, **given: str) -> ReadPage:
    answer = client.get(url, params=given or None)
    assert answer.status_code == 200, answer.text[:500]
    return ReadPage(answer.text)


@pytest.mark.parametrize("page", [page for page in PAGES if page.item is not None])
def test_a_page_of_one_thing_says_its_id_and_leads_back(
    page: Page, client: httpx.Client, marts: Marts
) -> None:
    assert page.item is not None
    asked = sql.SQL("select {} as id from {} where workspace_id = %s limit 1").format(
        sql.Identifier(page.item.key), sql.Identifier(page.item.mart)
    )
    (row,) = marts.execute(asked, (FIRST,)).fetchall()
    found = read(client, f"{BASE}/{page.path.format(id=row['id'])}", workspace=FIRST)
    assert f"Id here{row['id']}" in "".join(found.text.split("\n"))
    back = f"{BASE}/{page.place}?workspace={FIRST}"
    assert sum(link["href"] == back for link in found.links) == 2  # the navigation's, too


def test_a_table_says_how_many_rows_it_has() -> None:
    table = PAGES[0].tables[0]
    rows: list[Any] = [{}, {}]
    assert tables.Shown(table, rows, "").count == "2 rows"
    assert tables.Shown(table, rows[:1], "").count == "1 row"
    assert tables.Shown(table, rows, "", is_cut=True).count == "first 2 rows"
    assert tables.Shown(table, rows, "", next_url="n").count == "first 2 rows"
    assert tables.Shown(table, rows, "", next_url="n", first_url="f").count == "2 more rows"


def test_a_table_fits_a_page() -> None:
    """At most nine columns; what is behind a row is a page of its own."""
    for page in PAGES:
        for table in page.tables:
            assert len(table.columns) <= 9, (page.path, table.name)
