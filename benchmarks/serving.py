"""How fast `warehouse serve` answers every page and operation, beside the bare queries.

Source: the database of the other parts. Ids are drawn by a seed from the interactions, so that
        the active come up as often as they act.
Shape:  per route the milliseconds of its first answer, of each request, and of its questions
        without a server. A route about an id asks for another one each time.
Units:  milliseconds over one open connection, from sending a request to having its answer.
Errors: BenchmarkError where the server refuses a request.
"""

from __future__ import annotations

import http.client
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, LiteralString
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from benchmarks.server import BenchmarkError, served
from warehouse.connection import Target
from warehouse.database import MARTS
from warehouse.web import statements
from warehouse.web.pages import tables
from warehouse.web.pages.every import PAGES
from warehouse.web.pages.visit import BASE as PAGES_BASE
from warehouse.web.pages.visit import NAMED, Page
from warehouse.web.resources import BASE, ITEMS, LISTS, Item, List
from warehouse.web.statements import Condition, Statement

REQUESTS = 300
SECONDS = 10.0  # after which a route is not asked again
BARE = 20  # times that the questions of a route are asked without a server
BARE_SECONDS = 5.0
LIMIT = 50

_DRAWN: dict[str, LiteralString] = {
    "followers": "select follower_id::text from follower_interactions"
    " order by md5(%s || interaction_id::text) limit %s",
    "content": "select content_id::text from follower_interactions where content_id is not null"
    " order by md5(%s || interaction_id::text) limit %s",
    "communities": "select community_id from daily_highlights"
    " order by md5(%s || community_id || activity_date) limit %s",
    "issues": "select issue_id from issue_engagements"
    " order by md5(%s || issue_id || follower_id) limit %s",
}


@dataclass(frozen=True)
class Route:
    """A page or an operation; `about` is the kind of id in its path."""

    path: str
    resource: Page | List | Item

    @property
    def is_page(self) -> bool:
        """Whether it is for people."""
        return isinstance(self.resource, Page)

    @property
    def about(self) -> str | None:
        """Return the kind of id that its path holds."""
        before, _, rest = self.path.partition("/{id")
        kind = before.rpartition("/")[2]
        return None if not rest else "followers" if kind == "participants" else kind


@dataclass(frozen=True)
class Served:
    """What was measured of a route; all of it ascending but the first answer."""

    route: Route
    first: float
    milliseconds: list[float]
    bare: list[float]


def routes() -> list[Route]:
    """Return all pages and operations."""
    return [
        *(Route(f"{PAGES_BASE}/{page.path}".rstrip("/"), page) for page in PAGES),
        *(Route(f"{BASE}/{each.path}", each) for each in (*LISTS, *ITEMS)),
    ]


def measure(target: Target, seed: int) -> Iterator[Served]:
    """Yield each route that there is something to ask about."""
    with target.analyst().connect(autocommit=True) as session, served() as address:
        session.execute("select set_config('search_path', %s, false)", (MARTS,))
        session.execute("set max_parallel_workers_per_gather = 0")  # as the server
        row = session.execute("select workspace_id from followers limit 1").fetchone()
        assert row is not None
        drawn = {
            about: [row[0] for row in session.execute(statement, (str(seed), REQUESTS))]
            for about, statement in _DRAWN.items()
        }
        place = urlsplit(address)
        assert place.hostname is not None
        client = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
        for route in routes():
            ids = drawn[route.about] if route.about else [None]
            if ids:
                times = _requests(client, route, ids, row[0])
                bare = _bare(session, route, ids, row[0])
                yield Served(route, times[0], sorted(times), sorted(bare))


def _requests(
    client: http.client.HTTPConnection, route: Route, ids: Sequence[Any], workspace: str
) -> list[float]:
    """Ask over and over."""
    found: list[float] = []
    client.close()  # the server may have, since the route before
    client.connect()
    begun = time.perf_counter()
    for one in itertools.islice(itertools.cycle(ids), REQUESTS):
        path = route.path.replace(":path}", "}").replace("{id}", quote(str(one), safe=""))
        sent = time.perf_counter()
        client.request("GET", f"{path}?workspace={quote(workspace)}")
        answer = client.getresponse()
        body = answer.read()
        now = time.perf_counter()
        if answer.status != http.client.OK:
            raise BenchmarkError(f"{path}: status {answer.status}: {body[:200]!r}")
        found.append((now - sent) * 1000)
        if now - begun > SECONDS:
            break
    return found


def _bare(
    session: psycopg.Connection, route: Route, ids: Sequence[Any], workspace: str
) -> list[float]:
    """Ask the questions of a route one after the other, without a server."""
    found: list[float] = []
    begun = time.perf_counter()
    for one in itertools.islice(itertools.cycle(ids), BARE):
        asked = list(questions(route.resource, workspace, one))
        sent = time.perf_counter()
        for statement in asked:
            session.execute(statement.text, statement.values).fetchall()
        now = time.perf_counter()
        found.append((now - sent) * 1000)
        if now - begun > BARE_SECONDS:
            break
    return found


def questions(resource: Page | List | Item, workspace: str, one: Any) -> Iterator[Statement]:
    """Yield the statements of a route; of a page those of its tables."""
    of_workspace = Condition("workspace_id", "=", workspace)
    match resource:
        case Item():
            yield statements.row(resource.mart, [Condition(resource.key, "=", one)])
        case List():
            parent = resource.parent
            about = [] if parent is None else [Condition(parent.column, "=", one)]
            yield from statements.page(
                resource, resource.sorts[0], [of_workspace, *about], LIMIT, None
            )
        case Page():
            for table in resource.tables:
                yield from _of_table(table, workspace, one)


def _of_table(table: tables.Table, workspace: str, one: Any) -> Iterator[Statement]:
    values = {**dict.fromkeys(("platform", "tag")), "workspace": workspace, "id": one, "q": ""}
    if isinstance(table.source, str):
        text = tables.text_of(table.source)
        now = {"as_of": "now", "today": "today", "zone": "UTC", "days": 7}
        known = {**values, **now}
        given = {name: known[name] for name in NAMED.findall(text.as_string(None))}
        yield Statement(sql.SQL("{}").format(text), given)
        return
    visit: Any = SimpleNamespace(
        id=one, workspace=workspace, parameters={}, values=lambda: values
    )
    wanted = [Condition("workspace_id", "=", workspace), *table.where(visit)]
    sort = table.source.sorts[0]
    yield from statements.page(table.source, sort, wanted, table.limit, None)
