"""Ten thousand requests that nobody would send: to the API, to what receives, to the pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
from fuzzed import ask_everything, ask_pages
from served import FIRST, Served, serving

from warehouse.web.pages.every import PAGES
from warehouse.web.settings import Settings

REQUESTS = 10_000
PAGE_REQUESTS = 2_000  # of these


def test_no_request_is_a_fault(
    open_server: Served, tmp_path: Path, share: Callable[[int], int]
) -> None:
    settings = Settings(lambda: open_server.target, tmp_path, spool=tmp_path / "spool")
    with (
        serving(settings) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=60) as client,
    ):
        specification = client.get("/openapi.json").json()
        methods = sum(len(each) for each in specification["paths"].values())
        asked = share(REQUESTS - PAGE_REQUESTS)
        sent = ask_everything(url, specification, -(-asked // (2 * methods)))
        paths = [page.path for page in PAGES]
        names = ["workspace", "q", "tag", "platform", "sort", "cursor", "csv", "pause", "days"]
        names += [
            f"{table.prefix}{name}"
            for page in PAGES
            for table in page.tables
            for name in ("sort", "cursor", *(each.name for each in table.filters))
        ]
        client.params = {"workspace": FIRST}
        sent += ask_pages(client, paths, sorted({*names}), share(PAGE_REQUESTS))
        assert client.get("/analytics").status_code == 200
    assert sent >= share(REQUESTS) * 0.9  # hypothesis ends where it has tried all there is
