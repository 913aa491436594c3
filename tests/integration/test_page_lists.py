"""Lists of pages: they hold what the question that is shown asks for, and are read once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest
from api_questions import Marts, owner_of
from page_reader import ReadPage
from psycopg import sql
from served import BASE as API
from served import FIRST, SECOND, Served

from warehouse.demo import AS_OF
from warehouse.web import contracts, parameters, statements
from warehouse.web.databases import Database
from warehouse.web.kept import Kept
from warehouse.web.lists import Lists
from warehouse.web.pages import tables, values
from warehouse.web.pages.every import PAGES
from warehouse.web.pages.tables import Table
from warehouse.web.pages.visit import BASE, Page
from warehouse.web.resources import LISTS, List
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


@pytest.mark.parametrize("days", [None, 7, 28, 90])
def test_figures_are_about_the_period_that_is_chosen(
    days: int | None, open_server: Served, marts: Marts
) -> None:
    chosen = days or 7
    (found,) = marts.execute(
        "select sum(interaction_count) as now, sum(new_follower_count) as new"
        " from daily_activity where workspace_id = %s and activity_date <= %s::date"
        " and activity_date > %s::date - %s::integer",
        (FIRST, AS_OF, AS_OF, chosen),
    ).fetchall()
    given = {} if days is None else {"days": str(days)}
    with open_server.client() as client:
        page = ReadPage(client.get(BASE, params={"workspace": FIRST, **given}).text)
    said = " ".join(page.text.split())
    assert f"Interactions {values.number(found['now'])} " in said
    assert f"New followers {values.number(found['new'])} " in said
    assert said.count(f"in {chosen} days, against the {chosen} before") == 2
    assert f"the last {chosen} are stronger" in said
    links = {link["href"]: "aria-current" in link for link in page.links}
    for each in (28, 90):
        assert links[f"{BASE}?workspace={FIRST}&days={each}"] is (each == chosen)


@pytest.mark.parametrize("days", ["8", "-7", "7.0", "x", "٧", "' or 1=1"])
def test_another_period_is_refused(days: str, open_server: Served) -> None:
    with open_server.client() as client:
        answer = client.get(BASE, params={"workspace": FIRST, "days": days})
    assert answer.status_code == 422
    assert "days: one of 7, 28, 90." in ReadPage(answer.text).text


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


# -- what is chosen of a table --


@pytest.fixture(scope="module")
def client(open_server: Served) -> Iterator[httpx.Client]:
    with open_server.client() as opened:
        yield opened


def read(client: httpx.Client, url: str, **given: str) -> ReadPage:
    answer = client.get(url, params=given or None)
    assert answer.status_code == 200, answer.text[:500]
    return ReadPage(answer.text)


def removing(page: ReadPage, name: str) -> list[str]:
    """Return where links lead that leave out a parameter of this table of the address."""
    return [
        link["href"]
        for link in page.links
        if link["href"].endswith(f"#{name}") and "sort=" not in link["href"]
    ]


def test_a_filter_that_is_set_can_be_removed(client: httpx.Client) -> None:
    url = f"{BASE}/followers"
    chosen = {"workspace": FIRST, "platform": "tiktok", "engagement_tier": "lurker"}
    page = read(client, url, **chosen)
    assert "Platform: tiktok" in page.text
    assert "Tier: lurker" in page.text
    left = [parse_qs(urlsplit(href).query) for href in removing(page, "leaderboard")]
    assert {"workspace": [FIRST], "engagement_tier": ["lurker"]} in left
    assert {"workspace": [FIRST], "platform": ["tiktok"]} in left
    assert {"workspace": [FIRST]} in left  # all of them
    everything = read(client, url, workspace=FIRST)
    assert "Remove the filter" not in everything.text
    assert len(everything.tables["leaderboard"].rows) > len(page.tables["leaderboard"].rows)


def test_days_are_those_of_the_workspace_and_the_last_is_included(
    client: httpx.Client, marts: Marts
) -> None:
    days = marts.execute(
        "select participant_id, (occurred_at at time zone set.time_zone)::date as day,"
        " count(*) as n from interaction_history join core.workspace_settings as set"
        " using (workspace_id) where workspace_id = %s and occurred_at is not null"
        " group by 1, 2 order by count(*) over (partition by participant_id) desc, 1, 2",
        (FIRST,),
    ).fetchall()
    one = days[0]["participant_id"]
    mine = [row for row in days if row["participant_id"] == one]
    first, last = mine[1]["day"].isoformat(), mine[-2]["day"].isoformat()
    url = f"{BASE}/followers/{one}"
    given = {"workspace": FIRST, "occurred_at_from": first, "occurred_at_before": last}
    lines = client.get(url, params=given | {"csv": "timeline"}).text.splitlines()
    assert len(lines) - 1 == sum(row["n"] for row in mine[1:-1])
    page = read(client, url, **given)
    assert f"From: {values.day(first)}" in page.text
    assert page.tables["timeline"].rows
    answer = client.get(url, params=given | {"occurred_at_from": "soon"})
    assert (answer.status_code, "occurred_at_from" in answer.text) == (422, True)


WORDS = ("a", "THE", "%", "_", "\\", "'", "é", "wheel", "👍", "no such words")


@pytest.mark.parametrize("words", WORDS)
def test_a_timeline_is_searched_for_what_was_said(
    words: str, client: httpx.Client, marts: Marts
) -> None:
    """As it is written, without wildcards, in large and small letters alike."""
    found = 0
    for workspace in (FIRST, SECOND):
        people = marts.execute(
            "select participant_id as one, count(*) filter"
            " (where strpos(lower(text), lower(%(q)s)) > 0) as said from interaction_history"
            " where workspace_id = %(workspace)s and participant_id is not null"
            " group by participant_id having count(text) > 0 order by said desc, one limit 3",
            {"q": words, "workspace": workspace},
        ).fetchall()
        for row in people:
            given = {"workspace": workspace, "q": words, "csv": "timeline"}
            answer = client.get(f"{BASE}/followers/{row['one']}", params=given)
            assert answer.status_code == 200
            assert sum(1 for _ in csv.reader(io.StringIO(answer.text))) - 1 == row["said"]
            found += row["said"]
    assert found or words not in ("a", "THE", "'")
    page = read(client, f"{BASE}/followers/{row['one']}", workspace=SECOND, q=words)
    assert f"Text: {words}" in page.text


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
