"""`track.js` in a real browser on a real server: few calls, nothing lost, nothing twice."""

from __future__ import annotations

import gzip
import http.server
import json
import os
import shutil
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, sync_playwright
from spool_process import recorded
from tracking_server import Server

from warehouse.web import tracking

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = "chromium is not installed; `apt-get install chromium` brings it"
PATIENCE = 20.0
POSTS = "".join(
    f'<article data-track-post="post-{number}" data-track-source="feed"'
    ' style="height: 450px; margin-bottom: 50px">…</article>'
    for number in range(1, 8)
)
PAGE = (
    "<!doctype html><meta charset=utf-8><title>Feed</title>"
    '<script src="{script}" data-token="{token}" data-user="u-42" async></script>'
    f"<main>{POSTS}</main>"
)
PRIVATE = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
QUIET = 7_000  # milliseconds in which a batch would have gone out


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def page_url() -> Iterator[str]:
    """The page, on a server and an origin of its own; it learns the token from its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            where, _, token = self.path.removeprefix("/?").partition("&")
            content = PAGE.format(script=urllib.parse.unquote(where), token=token)
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://localhost:{serving.server_port}"
        serving.shutdown()


@pytest.fixture(scope="module")
def server(home: Path, page_url: str) -> Iterator[Server]:
    with Server(home, origins=(page_url,)) as started:
        started.page = page_url
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 400, "height": 600})
    yield made
    made.close()


@pytest.fixture
def tracked(home: Path) -> Callable[..., list[dict[str, Any]]]:
    """Returns what this test had the server keep, once there are so many interactions."""
    before = len(interactions(home))

    def found(count: int = 0) -> list[dict[str, Any]]:
        deadline = time.monotonic() + PATIENCE
        while len(kept := interactions(home)[before:]) < count:
            assert time.monotonic() < deadline, kept
            time.sleep(0.05)
        return kept

    return found


def interactions(home: Path) -> list[dict[str, Any]]:
    """Return all interactions that the server keeps."""
    bodies = [json.loads(body) for body in recorded(home / "spool")]
    return [item for body in bodies for item in body["interactions"]]


def opened(
    context: BrowserContext, server: Server, scripts: str = ""
) -> tuple[Page, list[str]]:
    """Open the page of another origin; return it and the calls that it makes."""
    page = context.new_page()
    calls: list[str] = []

    def note(request: Request) -> None:
        if "/api/track" in request.url:
            calls.append(request.method)

    page.on("request", note)
    if scripts:
        page.add_init_script(scripts)
    visit(page, server)
    return page, calls


def visit(page: Page, server: Server) -> None:
    """Open the page, or open it again."""
    script = urllib.parse.quote(f"{server.address}/static/track.js", safe="")
    page.goto(f"{server.page}/?{script}&{server.tokens['page']}")
    page.wait_for_function("window.engagement")


def test_a_hundred_interactions_take_few_calls(
    context: BrowserContext, server: Server, tracked: Callable[..., list[dict[str, Any]]]
) -> None:
    page, calls = opened(context, server)
    page.evaluate(
        "for (let n = 0; n < 100; n++) engagement.trackClick('p' + n, {method: 'link'})"
    )
    found = tracked(100)
    assert len(found) == 100
    assert len({item["event_id"] for item in found}) == 100
    assert [item["post_id"] for item in found] == [f"p{number}" for number in range(100)]
    assert found[0]["interaction_type"] == "click"
    assert found[0]["user_id"] == "u-42"
    page.wait_for_timeout(500)
    assert len(calls) == 5


def test_a_post_is_viewed_once_after_a_second_in_sight(
    context: BrowserContext, server: Server, tracked: Callable[..., list[dict[str, Any]]]
) -> None:
    page, _ = opened(context, server)
    page.wait_for_timeout(1_200)  # the first post is in sight, a third of the second, too
    page.evaluate("scrollTo(0, 900)")  # the third, for less than a second
    page.wait_for_timeout(300)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(1_200)
    page.evaluate("scrollTo(0, 1400)")
    page.wait_for_timeout(300)
    page.evaluate("engagement.trackLike('mark')")
    page.goto("about:blank")
    found = tracked(2)
    (view,) = [item for item in found if item["interaction_type"] == "view"]
    assert view["post_id"] == "post-1"
    metadata = view["metadata"]
    assert 1_100 <= metadata["duration"] < 1_900
    assert (metadata["scroll_depth"], metadata["source"]) == (100, "feed")


def test_a_page_that_is_closed_loses_nothing(
    context: BrowserContext, server: Server, tracked: Callable[..., list[dict[str, Any]]]
) -> None:
    page, _ = opened(context, server)
    page.wait_for_timeout(1_200)
    page.evaluate("engagement.trackShare('post-1')")
    page.close(run_before_unload=True)
    found = tracked(2)
    assert sorted(item["interaction_type"] for item in found) == ["share", "view"]


def test_what_was_done_without_a_network_arrives_once(
    context: BrowserContext, server: Server, tracked: Callable[..., list[dict[str, Any]]]
) -> None:
    page, calls = opened(context, server)
    context.set_offline(True)
    page.evaluate("for (let n = 0; n < 25; n++) engagement.trackClick('offline-' + n)")
    page.wait_for_timeout(500)  # a full batch is tried at once, and fails
    assert calls and not tracked()
    page.goto("about:blank")
    assert not tracked()
    context.set_offline(False)
    visit(page, server)
    page.evaluate("localStorage.removeItem('engagement.later')")  # else it waits some seconds
    visit(page, server)
    tracked(25)
    page.wait_for_timeout(1_000)
    clicks = [item for item in tracked() if item["interaction_type"] == "click"]
    assert sorted(item["post_id"] for item in clicks) == sorted(
        f"offline-{number}" for number in range(25)
    )
    assert len({item["event_id"] for item in clicks}) == 25


@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.soak)])
def test_a_page_that_was_offline_sends_everything_once_it_is_back(
    context: BrowserContext,
    server: Server,
    tracked: Callable[..., list[dict[str, Any]]],
    seconds: int,
) -> None:
    """By itself, as soon as the browser says that there is a network again."""
    page, calls = opened(context, server)
    context.set_offline(True)
    for number in range(seconds * 2):
        page.evaluate(f"engagement.trackClick('away-{number}')")
        page.wait_for_timeout(500)
    assert not tracked()
    context.set_offline(False)
    tracked(seconds * 2)
    page.wait_for_timeout(1_000)
    clicks = [item for item in tracked() if item["interaction_type"] == "click"]
    assert len(clicks) == seconds * 2 == len({item["event_id"] for item in clicks})
    assert calls


def test_a_busy_server_gets_it_later_and_a_refused_body_never(
    context: BrowserContext, server: Server, tracked: Callable[..., list[dict[str, Any]]]
) -> None:
    page, calls = opened(context, server)
    statuses = [503, 429, 401]
    readable = {"access-control-allow-origin": "*"}

    def answer(route: Route) -> None:
        if statuses:
            route.fulfill(status=statuses.pop(0), headers=readable)
        else:
            route.continue_()

    page.route("**/api/track*", answer)
    page.evaluate("for (let n = 0; n < 20; n++) engagement.trackClick('busy')")
    deadline = time.monotonic() + PATIENCE
    while statuses and time.monotonic() < deadline:
        page.wait_for_timeout(100)
        page.evaluate("dispatchEvent(new Event('online'))")  # which ends the wait
    assert not statuses
    page.unroute("**/api/track*")
    page.evaluate("for (let n = 0; n < 20; n++) engagement.trackClick('again')")
    found = tracked(20)
    assert {item["post_id"] for item in found} == {"again"}
    page.wait_for_timeout(500)
    assert len(calls) == 4


@pytest.mark.parametrize("is_asked_by_browser", [True, False])
def test_who_wants_no_tracking_sends_and_keeps_nothing(
    context: BrowserContext,
    server: Server,
    tracked: Callable[..., list[dict[str, Any]]],
    is_asked_by_browser: bool,
) -> None:
    """By Global Privacy Control, or by `optOut`, which holds on later pages, too."""
    page, calls = opened(context, server, PRIVATE if is_asked_by_browser else "")
    if not is_asked_by_browser:
        page.evaluate("engagement.trackClick('before'); engagement.optOut()")
    page.wait_for_timeout(1_200)
    page.evaluate("for (let n = 0; n < 30; n++) engagement.trackClick('private')")
    page.wait_for_timeout(QUIET)
    visit(page, server)
    page.evaluate("engagement.trackLike('private')")
    page.wait_for_timeout(1_200)
    page.goto("about:blank")
    page.wait_for_timeout(300)
    assert (calls, tracked()) == ([], [])
    visit(page, server)
    assert set(page.evaluate("Object.keys(localStorage)")) <= {"engagement.out"}


def test_the_script_is_small() -> None:
    script = Path(tracking.__file__).parent / "static" / "track.js"
    assert len(gzip.compress(script.read_bytes())) <= 4096
