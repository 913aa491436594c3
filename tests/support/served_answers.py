"""What a server answers of a warehouse, so that two servers compare.

Source: the pages and the read API of a server.
Shape:  answers by address, with numbers to 9 digits and without what depends on the clock.
Errors: AssertionError where a question gets no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
from served import BASE

from warehouse.web.pages.every import PAGES
from warehouse.web.pages.visit import BASE as PAGES_BASE
from warehouse.web.resources import ITEMS, LISTS, List

OF_RUNS = ("health",)  # tells of the runs of a database
SOME = 3  # of each list are looked at by themselves
_AGE = re.compile(r"up to date [^<]*")
_NUMBER = re.compile(r"\d+\.\d+")
_NONCE = re.compile(r'nonce="[^"]*"')


def answers(client: httpx.Client, workspaces: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield every address that is asked, and what is answered."""
    for workspace in workspaces:
        ids: dict[str, list[str]] = {}
        query = urlencode({"workspace": workspace})
        for resource in LISTS:
            if resource.parent is None:
                for sort in resource.sorts:
                    url = f"{BASE}/{resource.path}?{query}&sort={sort.name}"
                    told = _asked(client, url).json()
                    yield url, _alike(told["items"])
                    ids.setdefault(resource.mart, []).extend(
                        str(item["id"]) for item in told["items"][:SOME] if "id" in item
                    )
        for found in (*LISTS, *ITEMS):
            parent = found.parent if isinstance(found, List) else None
            mart = found.mart if parent is None else parent.mart
            if "{id}" in found.path:
                for known in ids.get(mart, ())[:SOME]:
                    url = f"{BASE}/{found.path.replace('{id}', known)}?{query}"
                    yield url, _alike(client.get(url).json())
        for page in PAGES:
            if "{" not in page.path and page.path not in OF_RUNS:
                url = f"{PAGES_BASE}/{page.path}".rstrip("/") + f"?{query}"
                yield url, _text(_asked(client, url).text)
        for known in ids.get("followers", ()):
            url = f"{PAGES_BASE}/followers/{known}?{query}"
            yield url, _text(_asked(client, url).text)


def _asked(client: httpx.Client, url: str) -> httpx.Response:
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.text[:500])
    return answer


def _alike(value: Any) -> Any:
    """Return JSON with its numbers to 9 digits."""
    match value:
        case dict():
            return {key: _alike(each) for key, each in value.items()}
        case list():
            return [_alike(each) for each in value]
        case bool():
            return value
        case int() | float():
            return f"{value:.9g}"
    return value


def _text(page: str) -> str:
    """Return a page without what each visit has of its own."""
    page = _NONCE.sub("", _AGE.sub("", page))
    return _NUMBER.sub(lambda found: f"{float(found[0]):.9g}", page)
