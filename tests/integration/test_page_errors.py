"""Every error of a page is a page: escaped, with what to do; programs get JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from page_reader import ReadPage
from served import BASE as API
from served import FIRST, Served

from warehouse.web import problems
from warehouse.web.guard import MOST_ADDRESS_BYTES, MOST_BYTES
from warehouse.web.pages.every import PAGES
from warehouse.web.pages.templates import WHAT_TO_DO, problem_page
from warehouse.web.pages.visit import BASE, Visit
from warehouse.web.problems import ProblemError

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HOSTILE = "<script>alert('é')</script>&\u202e`x`"


@pytest.fixture(scope="module")
def client(open_server: Served) -> Iterator[httpx.Client]:
    with open_server.client() as opened:
        yield opened


def assert_page(answer: httpx.Response, status: int, phrase: str) -> None:
    """Check that an answer is a page, what it says, and that it leads on."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert phrase in answer.text
    assert WHAT_TO_DO[status].partition("`")[0].split("'")[0] in answer.text
    hrefs = [link["href"] for link in ReadPage(answer.text).links]
    assert BASE in hrefs


def test_each_kind_of_error_is_a_page(open_server: Served, client: httpx.Client) -> None:
    here = f"{BASE}?workspace={FIRST}"
    assert_page(client.get(f"{BASE}/nowhere"), 404, "There is no page nowhere.")
    assert_page(client.post(BASE), 405, "does not take POST")
    assert_page(client.get(here + "&q=" + "x" * MOST_ADDRESS_BYTES), 414, "8 KiB")
    assert_page(client.get(here, headers={"Host": "evil.test"}), 421, "host name")
    assert_page(client.get(f"{BASE}/followers?workspace={FIRST}&sort=x"), 422, "sort")
    answer = client.get(here, headers={"Authorization": "Bearer ew_wrong"})
    assert_page(answer, 401, "Show a token")
    answer = client.request("GET", here, content=b"x" * (MOST_BYTES + 1))
    assert_page(answer, 413, "larger than 1 MiB")


@pytest.mark.parametrize(
    ("error", "status", "phrase"),
    [
        (RuntimeError("s3cret"), 500, problems.FAULT),
        (psycopg.errors.QueryCanceled("s3cret"), 503, problems.TOO_LONG),
        (psycopg.errors.UndefinedTable("s3cret"), 503, "The marts are not there"),
        (psycopg.OperationalError("s3cret"), 503, problems.UNREACHABLE),
        (psycopg.DataError("s3cret"), 422, "out of the range"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_faults_are_pages(
    *,
    error: Exception,
    status: int,
    phrase: str,
    client: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(Visit, "ask", fail)
    answer = client.get(f"{BASE}/followers?workspace={FIRST}")
    assert_page(answer, status, phrase.partition("`")[0])
    assert "s3cret" not in answer.text
    assert "Traceback" not in answer.text


def test_a_browser_gets_a_page_elsewhere_too_and_a_program_json(client: httpx.Client) -> None:
    assert_page(client.get("/nowhere", headers=BROWSER), 404, "There is nothing at /nowhere")
    for path, headers in (
        ("/nowhere", {}),
        (f"{API}/nowhere", BROWSER),
        ("/static/nowhere", BROWSER),
    ):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == problems.MEDIA_TYPE


def test_what_strangers_write_is_text(client: httpx.Client) -> None:
    answer = client.get(f"{BASE}/{HOSTILE}")
    assert answer.status_code == 404
    assert "<script" not in answer.text
    html = problem_page(ProblemError(404, f"There is no page {HOSTILE}.")).body
    assert b"<script" not in html
    assert b"&lt;script&gt;" in html


@pytest.mark.parametrize("name", ["workspace", "q", "days", "csv", "sort", "cursor", "tag"])
def test_no_parameter_is_too_long_for_a_sentence(client: httpx.Client, name: str) -> None:
    for page in PAGES:
        if "{" not in page.path:
            given = {"workspace": FIRST, name: "x" * 2_000}
            answer = client.get(f"{BASE}/{page.path}".rstrip("/"), params=given)
            assert answer.status_code in (200, 404, 422), (page.path, name)
