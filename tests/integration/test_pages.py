"""Laws of the pages: every address, every table, whatever strangers are called."""

from __future__ import annotations

import csv
import io
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from built_home import DATABASE, TEMPLATE, copy_database
from page_reader import ReadPage
from psycopg import sql
from served import FIRST, SECOND, Served, serving

from warehouse import connection, database, queries, tokens
from warehouse.web.kept import Kept
from warehouse.web.pages import tables, values
from warehouse.web.pages.asker import Asker
from warehouse.web.pages.every import PAGES
from warehouse.web.pages.visit import BASE, Page

CHROMIUM = Path("/usr/bin/chromium")
ALONE = [page for page in PAGES if "{" not in page.path]
UNKNOWN = "00000000-0000-0000-0000-000000000000"
LONGEST = 60  # seconds, on a busy machine
MOST_PARAMETERS = 2  # of an address, the workspace and one more: all pairs would be too many
WORKSPACES = (FIRST, SECOND)
EVENT = re.compile(r"on[a-z]+", re.IGNORECASE)


def address(path: str, workspace: str | None) -> str:
    """Return the address of a page."""
    place = f"{BASE}/{path}".rstrip("/")
    return place if workspace is None else f"{place}?workspace={workspace}"


def shape(url: str) -> tuple[str, frozenset[str]]:
    """Return what addresses of one page have in common: the path without ids, parameters."""
    parts = urlsplit(url)
    place = parts.path.split("/")[1:3] + ["…"] * (parts.path.count("/") - 2)
    return "/".join(place), frozenset(parse_qs(parts.query))


def crawl(client: httpx.Client, workspace: str | None) -> dict[str, ReadPage]:
    """Return all pages that links lead to, one of each shape; every link has to resolve."""
    waiting = [address(page.path, workspace) for page in ALONE]
    seen: set[tuple[str, frozenset[str]]] = set()
    pages: dict[str, ReadPage] = {}
    while waiting:
        url = waiting.pop(0)
        if shape(url) in seen or len(shape(url)[1]) > MOST_PARAMETERS:
            continue
        seen.add(shape(url))
        answer = client.get(url)
        assert answer.status_code == 200, (url, answer.text[:500])
        if "csv=" in url:
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            continue
        pages[url] = ReadPage(answer.text)
        for link in pages[url].links:
            href = link["href"].partition("#")[0]
            if href.startswith("/"):
                waiting.append(href)
    return pages


@pytest.fixture(scope="module")
def client(open_server: Served) -> Iterator[httpx.Client]:
    with open_server.client() as opened:
        yield opened


@pytest.fixture(scope="module")
def crawled(client: httpx.Client) -> dict[str, dict[str, ReadPage]]:
    return {workspace: crawl(client, workspace) for workspace in WORKSPACES}


@pytest.fixture(params=WORKSPACES)
def pages(
    request: pytest.FixtureRequest, crawled: dict[str, dict[str, ReadPage]]
) -> dict[str, ReadPage]:
    return crawled[request.param]


def test_links_lead_to_every_page(pages: dict[str, ReadPage]) -> None:
    found = {urlsplit(url).path for url in pages}
    for page in PAGES:
        pattern = re.compile(re.sub(r"\{.*\}", ".+", f"{BASE}/{page.path}".rstrip("/")))
        assert any(pattern.fullmatch(path) for path in found), page.path


def test_nothing_of_strangers_is_run(pages: dict[str, ReadPage]) -> None:
    for url, page in pages.items():
        for tag, attributes in page.elements:
            assert tag not in ("script", "iframe", "object", "style", "b"), url
            assert tag != "img", url
            assert not [name for name in attributes if EVENT.fullmatch(name)], (url, tag)
            assert "style" not in attributes, (url, tag)
            for name in ("href", "src", "action"):
                value = attributes.get(name, "")
                assert value.startswith(("/", "#", "http://", "https://", "data:,", "")), url
                assert not value.lower().lstrip().startswith("javascript:"), url
        for link in page.links:
            if not link["href"].startswith(("/", "#")):
                assert "noopener" in link["rel"].split(), (url, link)


def test_hostile_names_are_shown_as_they_are(client: httpx.Client) -> None:
    everything = client.get(address("followers", SECOND)).text
    assert "&lt;img src=x onerror=alert(1)&gt;" in everything
    found = client.get(f"{BASE}/search", params={"workspace": SECOND, "q": "{{ 7"}).text
    assert "&lt;b&gt;&#34;bold&#34;&lt;/b&gt; &amp; {{ 7 * 7 }}" in found


def asked(session: psycopg.Connection, question: str) -> list[dict[str, object]]:
    """Return what an analyst gets for a question that a page shows."""
    cursor = session.execute(question.encode())
    assert cursor.description is not None
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def assert_same(said: dict[str, str], row: dict[str, object]) -> None:
    """Check that a line of a CSV says what the row holds."""
    for name, value in said.items():
        held = row[name]
        if isinstance(held, str):
            assert value == queries.harmless(held)
        elif isinstance(held, int) and not isinstance(held, bool):
            assert value == str(held)
        elif held is None:
            assert value == ""


def assert_shown(cells: list[str], line: list[str]) -> None:
    """Check that a row of a page shows the whole numbers of a line of its CSV."""
    for cell, value in zip(cells, line, strict=False):
        if re.fullmatch(r"-?\d{1,6}", value) and re.fullmatch(r"[\d,.]+", cell):
            assert cell == values.number(int(value))


def test_a_csv_is_what_its_table_asks(
    pages: dict[str, ReadPage], client: httpx.Client, open_server: Served
) -> None:
    """The question that a page shows gives its table and its CSV."""
    compared = set()
    with queries.analyst(open_server.target) as session:
        for url, page in pages.items():
            for table in page.tables.values():
                place = (shape(url)[0], table.name)
                if table.csv is None or place in compared:
                    continue
                compared.add(place)
                text = client.get(table.csv).text
                header, *lines = csv.reader(io.StringIO(text))
                by = parse_qs(urlsplit(url).query)
                rows = asked(session, table.question)
                if len(rows) < len(lines):  # the page shows the first ones
                    rows = asked(session, re.sub(r"\nlimit \d+$", "", table.question))
                assert len(lines) == len(rows), (url, table.name)
                if by.keys() - {"workspace"}:
                    continue
                for line, row in zip(lines, rows, strict=True):
                    assert_same(dict(zip(header, line, strict=True)), row)
                for cells, line in zip(table.rows, lines, strict=False):
                    assert_shown(cells, line)
    assert len(compared) > 15


def test_what_a_csv_leaves_out_is_said(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the name of the file and a header: a line more would be read as a row."""
    monkeypatch.setattr("warehouse.web.pages.tables.MOST_ROWS", 3)
    monkeypatch.setattr("warehouse.web.pages.tables.MOST_CSV_ROWS", 5)
    monkeypatch.setattr("warehouse.web.pages.site.MOST_CSV_ROWS", 5)
    shown = client.get(address("followers", FIRST)).text
    assert "The CSV has all pages, up to 5 rows." in shown
    assert "These are the first 3 rows. The CSV has up to 5." in shown
    for name, is_cut in (("leaderboard", True), ("tiers", False)):
        answer = client.get(address("followers", FIRST) + f"&csv={name}")
        lines = list(csv.reader(io.StringIO(answer.text)))
        file = answer.headers["content-disposition"]
        if is_cut:
            assert len(lines) == 1 + 5
            assert file == f'attachment; filename="followers-{name}-first-5-rows.csv"'
            assert answer.headers["warehouse-truncated"] == "rows=5"
        else:
            assert 1 + 3 < len(lines) <= 1 + 5
            assert file == f'attachment; filename="followers-{name}.csv"'
            assert "warehouse-truncated" not in answer.headers


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_what_is_unknown_is_a_page_that_says_so(page: object, client: httpx.Client) -> None:
    path = getattr(page, "path", "")
    unknown = [re.sub(r"\{.*\}", key, path) for key in (UNKNOWN, "no such", "../x")]
    if "{" not in path:
        unknown = [f"{path}-no/such/page"]
    for url in unknown:
        answer = client.get(address(url, FIRST))
        assert answer.status_code == 404, url
        assert answer.headers["content-type"].startswith("text/html")
        assert "<h1>Not Found</h1>" in answer.text
    if "{" not in path:
        assert client.get(address(path, "nobody")).status_code == 404
        answer = client.get(address(path, FIRST), params={"workspace": FIRST, "csv": "x"})
        assert answer.status_code == 404
        answer = client.get(address(path, None))
        assert answer.status_code == 200
        assert "Which workspace?" in answer.text


def test_a_bad_parameter_is_said(client: httpx.Client) -> None:
    for given in ({"sort": "colour"}, {"cursor": "x"}, {"platform": "x" * 501}):
        answer = client.get(address("followers", FIRST) + "&" + str(httpx.QueryParams(given)))
        assert answer.status_code == 422, given
        assert answer.headers["content-type"].startswith("text/html")
        assert next(iter(given)) in answer.text


def test_a_token_of_a_workspace_sees_it_alone(
    guarded_server: Served, client: httpx.Client, open_server: Served
) -> None:
    with open_server.target.connect(autocommit=True) as session:
        rows = session.execute(
            "select id::text from marts.followers where workspace_id = %s limit 3", (FIRST,)
        ).fetchall()
        contents = session.execute(
            "select id::text from marts.content_items where workspace_id = %s limit 3", (FIRST,)
        ).fetchall()
    with guarded_server.client(SECOND) as bound:
        for page in ALONE:
            assert bound.get(address(page.path, FIRST)).status_code == 403, page.path
        for place, ids in (("followers", rows), ("content", contents)):
            for (key,) in ids:
                assert client.get(address(f"{place}/{key}", FIRST)).status_code == 200
                assert bound.get(address(f"{place}/{key}", None)).status_code == 404
        for url, read in crawl(bound, None).items():
            assert FIRST not in read.text, url
            hrefs = " ".join(link["href"] for link in read.links)
            for (key,) in rows:
                assert key not in hrefs
    with guarded_server.client() as nobody:
        answer = nobody.get(BASE)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert answer.headers["content-type"].startswith("text/html")


def test_an_empty_workspace_says_what_to_do(guarded_server: Served) -> None:
    secret = tokens.add("empty", "read", "nobody")
    headers = {"Authorization": f"Bearer {secret}"}
    try:
        with guarded_server.client() as opened:
            for page in ALONE:
                answer = opened.get(address(page.path, None), headers=headers)
                assert answer.status_code == 200, (page.path, answer.text[:300])
                read = ReadPage(answer.text)
                for table in read.tables.values():
                    assert table.is_empty, (page.path, table.name)
    finally:
        tokens.remove("empty")


def test_before_the_first_run_a_page_says_how_to_begin(state_folder: Path) -> None:
    from warehouse.web.settings import Settings  # noqa: PLC0415 (few sessions need it)

    admin = connection.resolve("postgres")
    copy_database(admin, TEMPLATE, "unbuilt")
    target = connection.resolve("unbuilt")
    with target.connect(autocommit=True) as session:
        database.prepare(session)
        session.execute("truncate raw.runs cascade")
    with (
        serving(Settings(lambda: target, state_folder)) as url,
        httpx.Client(base_url=url, trust_env=False) as opened,
    ):
        for page in ALONE:
            answer = opened.get(address(page.path, None))
            assert answer.status_code == 200
            assert "Nothing has been published yet" in answer.text
    assert DATABASE != "unbuilt"


def test_an_unchanged_page_is_not_sent_again(client: httpx.Client) -> None:
    first = client.get(address("followers", FIRST))
    assert first.headers["cache-control"] == "private, no-cache"
    same = {"If-None-Match": first.headers["etag"]}
    assert client.get(address("followers", FIRST), headers=same).status_code == 304
    assert client.get(address("content", FIRST), headers=same).status_code == 200
    live = client.get(address("live", FIRST))
    assert live.headers["refresh"] == "20"
    assert "etag" not in live.headers
    assert "refresh" not in client.get(address("live", FIRST) + "&pause=yes").headers


def test_pages_need_no_other_site_and_no_script(client: httpx.Client) -> None:
    answer = client.get(BASE, params={"workspace": FIRST})
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    read = ReadPage(answer.text)
    loaded = [each for tag, each in read.elements if tag == "link"]
    assert [each["href"] for each in loaded] == ["data:,", "/static/pages.css"]
    assert client.get("/static/pages.css").status_code == 200
    assert client.get("/", follow_redirects=False).headers["location"] == BASE
    slash = client.get(f"{BASE}/?workspace={FIRST}", follow_redirects=False)
    assert slash.headers["location"] == f"{BASE}?workspace={FIRST}"


@pytest.mark.skipif(
    not CHROMIUM.exists() and not os.environ.get("CI"), reason="Chromium is not installed"
)
@pytest.mark.parametrize("is_whole", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_axe_finds_no_violation(
    open_server: Served, crawled: dict[str, dict[str, ReadPage]], is_whole: bool
) -> None:
    """Each page by turns in one of the two looks, or in both."""
    # it comes without types
    from axe_playwright_python.sync_playwright import (  # type: ignore[import-untyped]  # noqa: PLC0415
        Axe,
    )
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    shapes: dict[str, str] = {}
    for url in crawled[FIRST]:
        shapes.setdefault(shape(url)[0], url)
    shapes["missing"] = address("followers/x", FIRST)
    found = {}
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for turn, (scheme, width) in enumerate((("light", 1280), ("dark", 360))):
            context = browser.new_context(
                color_scheme=scheme,  # type: ignore[arg-type]
                viewport={"width": width, "height": 900},
                bypass_csp=True,  # for axe itself
            )
            opened = context.new_page()
            for place, (name, url) in enumerate(shapes.items()):
                if not is_whole and place % 2 != turn:
                    continue
                opened.goto(open_server.url + url)
                opened.evaluate(
                    "document.querySelectorAll('details').forEach(each => each.open = true)"
                )
                wide = opened.evaluate(
                    "document.documentElement.scrollWidth - window.innerWidth"
                )
                result = Axe().run(opened)
                if result.violations_count or wide > 0:
                    found[name, scheme] = (wide, result.generate_report()[:2000])
        browser.close()
    assert found == {}


@pytest.mark.parametrize("page", [page for page in PAGES if page.early])
def test_what_takes_long_is_read_meanwhile(
    page: Page, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a thread that keeps no table waiting, and once, whoever asks first."""
    read: dict[str, list[str]] = {}
    ask, held = Asker.rows, Kept.held

    def rows(asker: Asker, text: sql.SQL, *more: Any) -> list[tables.Row]:
        read.setdefault(text.as_string(None), []).append(threading.current_thread().name)
        return ask(asker, text, *more)

    monkeypatch.setattr(Asker, "rows", rows)
    monkeypatch.setattr(Kept, "held", lambda kept, key, *more: held(kept, f"{key} ", *more))
    html = client.get(address(page.path, FIRST)).text
    assert ReadPage(html).tables
    ends = time.monotonic() + LONGEST
    for name in page.early:
        asked_in = read[tables.text_of(name).as_string(None)]
        while len(asked_in) < 2:
            assert time.monotonic() < ends
            time.sleep(0.01)
        assert len(set(asked_in)) == 2


def test_questions_are_plain_sql(client: httpx.Client, open_server: Served) -> None:
    """Also the questions of figures run as they are shown."""
    with queries.analyst(open_server.target) as session:
        for page in ALONE:
            html = client.get(address(page.path, FIRST)).text
            questions = ReadPage(html).tables
            for table in questions.values():
                try:
                    session.execute(table.question.encode())
                except psycopg.Error as error:
                    raise AssertionError((page.path, table.name)) from error
