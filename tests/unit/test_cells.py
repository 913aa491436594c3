"""Laws of cells: every kind is known, null is a dash, and what strangers write is text."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from markupsafe import Markup, escape
from page_reader import ReadPage

from warehouse.web.pages import values
from warehouse.web.pages.cells import KINDS, cell
from warehouse.web.pages.every import PAGES
from warehouse.web.pages.tables import Column
from warehouse.web.pages.visit import Visit

PLAIN = {"text", "words-long"}
FACTS = {"id"}  # kinds that are of facts alone
NUMBERS = {"number", "percent", "duration"}
HOSTILE = (
    "<script>alert('é')</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "https://example.com/?a=1&b=<i>",
    "https://[",
    "a/../b c",
)
VISIT: Any = SimpleNamespace(
    zone=UTC,
    url=lambda path: f"/analytics/{path}?workspace=w",
    as_of=datetime(2026, 3, 2, 4, 30, tzinfo=UTC),
    ago=lambda value: Visit.ago(VISIT, value),
)


def shown(kind: str, value: Any, key: Any = None) -> str:
    """Return a cell as the template writes it."""
    return str(escape(cell({"n": value, "k": key}, Column("n", "N", kind, "k"), VISIT)))


def test_pages_name_kinds_that_there_are() -> None:
    kinds = {each.kind for page in PAGES for table in page.tables for each in table.columns}
    assert kinds <= KINDS.keys() | PLAIN
    assert KINDS.keys() <= kinds | FACTS


@pytest.mark.parametrize("kind", sorted(KINDS.keys() | PLAIN))
def test_null_is_a_dash(kind: str) -> None:
    assert shown(kind, None) == values.NONE


@pytest.mark.parametrize("kind", sorted((KINDS.keys() | PLAIN) - NUMBERS))
@pytest.mark.parametrize("written", HOSTILE)
def test_what_strangers_write_is_text(kind: str, written: str) -> None:
    value: Any = [{"channel_name": written}] if kind == "names" else written
    for key in (None, written):
        page = ReadPage(shown(kind, value, key))
        assert {tag for tag, _ in page.elements} <= {"a", "bdi", "code", "span", "time"}
        for link in page.links:
            assert link["href"].startswith(("/analytics/", "https://example.com/"))
            assert ".." not in link["href"].split("/")
            if not link["href"].startswith("/"):
                assert "noopener" in link["rel"].split()


def test_a_name_leads_to_its_page() -> None:
    assert shown("follower", "Ann & Bo", "f1") == Markup(
        '<a href="/analytics/followers/f1?workspace=w"><bdi>Ann &amp; Bo</bdi></a>'
    )
    assert shown("issue", "a/b") == Markup(
        '<span class="whole"><a href="/analytics/issues/a%2Fb?workspace=w"><bdi>a/b</bdi></a>'
        "</span>"
    )
    assert shown("follower", None, "f1").endswith("<bdi>unnamed</bdi></a>")
    assert shown("follower", "Ann") == "<bdi>Ann</bdi>"
    for reason, said in (("is_verified", "verified"), ("of_old", "of old")):
        assert shown("reason", reason) == f'<span class="whole">{said}</span>'
    people = [{"follower_id": "f1", "username": "<Ann>"}, {"channel_name": "general"}, {}]
    assert ReadPage(shown("names", people)).text == "<Ann>, general, unnamed"


def test_a_time_is_in_the_zone_and_says_its_instant() -> None:
    assert shown("time", "2026-03-01T23:30:00-02:00") == (
        '<time datetime="2026-03-01T23:30:00-02:00" title="3 hours ago">'
        "2 Mar 2026, 01:30</time>"
    )
    assert shown("day", "2026-03-01") == '<time datetime="2026-03-01">1 Mar 2026</time>'
    assert (shown("yes", True), shown("yes", False), shown("number", 1234.5)) == (
        *("yes", "no", "1,234.5"),
    )
