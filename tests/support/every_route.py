"""Every answer of a server: of each route, each page of a list, each table as CSV.

Source: the routes of the application, so none can be forgotten; ids from the marts.
Shape:  `unlimited` is how a server runs that is asked; `paths` returns the routes; `answers`
        yields the name of each answer and its text.
Units:  seconds.
Errors: AssertionError where an answer is an error, and for a route whose ids nobody has said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
from served import BASE as API

from warehouse.connection import Target
from warehouse.web import standing
from warehouse.web.app import create_app
from warehouse.web.pages.every import PAGES
from warehouse.web.pages.visit import BASE
from warehouse.web.resources import ITEMS, LISTS
from warehouse.web.settings import Settings

PLACEHOLDER = re.compile(r"\{.*\}")
EXAMPLES = {"/docs", "/openapi.json"}  # which are of the demo
LISTED = {f"{API}/{each.path}" for each in LISTS}
TABLES = {f"{BASE}/{page.path}".rstrip("/"): page.tables for page in PAGES}
SEARCH = f"{BASE}/search"
NOTHING = f"{BASE}/{{path:path}}"  # of what is no page
STATUS = {"/": 307, NOTHING: 404, "/models": 404}  # dbt's page is not written here; else 200
NOTICES = standing.SECONDS  # after which a server has noticed a command
PAGE = "200"
WORDS = ("a", "e", "o")  # that a search looks for
# What stands before the placeholder of an address says what its id is: an account that the
# caller chooses, or one of those that a statement finds in a workspace.
ACCOUNTS = ("followers", "participants")
IDS = {
    "content": "select id::text from marts.content_items where workspace_id = %s",
    "issues": "select issue_id from marts.issue_engagements where workspace_id = %s group by 1",
    "communities": "select community_id from marts.daily_highlights where workspace_id = %s"
    " group by 1",
    "analytics": "select 'nowhere'::text where %s <> ''",
}


def unlimited(target: Target, folder: Path) -> Settings:
    """Return how a server runs that reads ahead and answers as often as it is asked."""
    return Settings(
        lambda: target, folder, reads_per_second=10_000, read_burst=10_000, reads_ahead=True
    )


def paths(settings: Settings) -> set[str]:
    """Return the paths of all routes that a server answers to GET."""
    application = create_app(settings)
    found: set[str] = set()
    for part in application.routes:
        router: Any = getattr(part, "original_router", application.router)
        found |= {each.path for each in router.routes if "GET" in getattr(each, "methods", ())}
    assert found > set(TABLES)
    assert found > LISTED | {f"{API}/{each.path}" for each in ITEMS}
    return found


def answers(
    client: httpx.Client,
    session: psycopg.Connection,
    routes: set[str],
    workspace: str,
    accounts: Sequence[str],
) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each answer about a workspace, and about some accounts."""
    for path in sorted(routes):
        ids: Sequence[str] = [""]
        part = path.partition("/{")[0].rpartition("/")[2] if "{" in path else ""
        if part in ACCOUNTS:
            ids = accounts
        elif part:
            assert part in IDS, f"say in `IDS` which ids {path} takes"
            ids = [name for (name,) in session.execute(IDS[part].encode(), (workspace,))]
        for each in ids:
            yield from _of_route(client, path, each, workspace)


def _of_route(
    client: httpx.Client, path: str, of: str, workspace: str
) -> Iterator[tuple[str, str]]:
    """Yield the answers of a route about an id."""
    place = PLACEHOLDER.sub(quote(of, safe=""), path)
    asked = {"workspace": workspace}
    if path in LISTED:
        following: str | None = ""
        while following is not None:
            cursor = {"cursor": following} if following else {}
            answer = client.get(place, params={**asked, "limit": PAGE, **cursor})
            assert answer.status_code == 200, (place, answer.text[:300])
            yield path, answer.text
            following = answer.json()["next"]
        return
    queries = [{"q": word} for word in WORDS] if path == SEARCH else [{}]
    for query in queries:
        for table in ("", *(each.name for each in TABLES.get(path, ()))):
            as_csv = {"csv": table} if table else {}
            answer = client.get(place, params={**asked, **query, **as_csv})
            expected = STATUS.get(path, 200)
            assert answer.status_code == expected, (place, table, answer.text[:300])
            yield f"{path} {table}".rstrip(), answer.text
