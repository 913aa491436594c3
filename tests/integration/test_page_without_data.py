"""A warehouse into which nothing has been loaded: every page says so, and links have names."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from command_line import Console
from served import serving

from warehouse.connection import Target
from warehouse.web.settings import Settings

BASE = "/analytics"
PAGES = (
    *("", "/content", "/followers", "/participants", "/issues", "/communities"),
    *("/product", "/live", "/health", "/search?q=anna"),
)
NAMELESS = re.compile(r"<(a|button|h\d)\b[^>]*>(\s|</?bdi>)*</\1>")


def test_every_page_says_that_there_is_nothing(
    warehouse: Console, target: Target, state_folder: Path
) -> None:
    assert warehouse("run").code == 0
    with serving(Settings(lambda: target, state_folder)) as url:
        pages = {page: httpx.get(f"{url}{BASE}{page}", timeout=60) for page in PAGES}
    assert {page: said.status_code for page, said in pages.items()} == dict.fromkeys(PAGES, 200)
    nameless = {page: NAMELESS.search(said.text) for page, said in pages.items()}
    assert nameless == dict.fromkeys(PAGES)
    assert "There has been no run" not in pages["/health"].text
