"""Parts of the server that need no server: allowances, hosts, cursors, statements."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from warehouse.connection import Target
from warehouse.web import contracts, documentation, statements
from warehouse.web.access import Allowance
from warehouse.web.kept import Kept, Read, Row
from warehouse.web.lists import Lists
from warehouse.web.pages import values
from warehouse.web.pages.asker import Asker
from warehouse.web.resources import ITEMS, LISTS, Item, List, by
from warehouse.web.settings import Settings


def settings(host: str = "127.0.0.1", *names: str) -> Settings:
    return Settings(lambda: Target("", 0, ""), Path(), host, names=names)


@given(
    rate=st.floats(0.1, 100),
    burst=st.integers(1, 50),
    pauses=st.lists(st.floats(0, 10), max_size=200),
)
def test_nobody_takes_more_than_an_allowance(
    rate: float, burst: int, pauses: list[float]
) -> None:
    now = 0.0
    allowance = Allowance(rate, burst, lambda: now)
    taken: list[float] = []
    for pause in pauses:
        now += pause
        wait = allowance.take("a")
        if wait:
            assert 0 < wait <= 1 / rate
        else:
            taken.append(now)
    for place, since in enumerate(taken):
        for count, until in enumerate(taken[place:], start=1):
            assert count <= burst + (until - since) * rate + 1e-6
    assert not Allowance(rate, burst, lambda: now).take("another")


def test_who_waits_as_told_gets_one() -> None:
    now = 0.0
    allowance = Allowance(2, 1, lambda: now)
    assert not allowance.take("a")
    now += allowance.take("a")
    assert not allowance.take("a")


@pytest.mark.parametrize(
    ("host", "names", "needs_token"),
    [
        *(("127.0.0.1", (), False), ("127.9.9.9", (), False), ("::1", (), False)),
        *(("localhost", (), False), ("0.0.0.0", (), True), ("::", (), True)),
        *(("192.0.2.1", (), True), ("example.com", (), True)),
        *(("127.0.0.1", ("example.com",), True), ("127.0.0.1.example.com", (), True)),
    ],
)
def test_a_server_for_others_needs_tokens(
    host: str, names: tuple[str, ...], needs_token: bool
) -> None:
    assert settings(host, *names).needs_token == needs_token


def test_names_are_answered_where_they_belong() -> None:
    for name in ("", "example.com", "192.0.2.1", "0", "127.1", "localhost.example.com"):
        assert not settings().answers_to(name)
    for name in ("example.com", "192.0.2.1", "localhost", "::1"):
        assert settings("0.0.0.0", "example.com").answers_to(name)
    assert not settings("0.0.0.0", "example.com").answers_to("www.example.com")


SORT = by("-occurred_at", "received_at", "interaction_id", has_nulls=True)
POSITIONS = st.lists(st.none() | st.text(), min_size=3, max_size=3)


@given(position=POSITIONS)
def test_a_cursor_says_its_position(position: list[str | None]) -> None:
    cursor = statements.cursor("question", position)
    assert statements.position(cursor, "question", SORT) == position
    with pytest.raises(ValueError, match="another question"):
        statements.position(cursor, "other", SORT)


@given(cursor=st.text() | st.binary().map(lambda some: some.decode("latin-1")))
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ValueError):
        statements.position(cursor, "question", SORT)


@pytest.mark.parametrize("resource", [*LISTS, *ITEMS], ids=lambda each: each.path)
def test_resources_name_columns_of_their_marts(resource: List | Item) -> None:
    columns = contracts.types(resource.mart)
    assert "workspace_id" in columns
    if isinstance(resource, Item):
        assert columns[resource.key] == "uuid"
        return
    for sort in resource.sorts:
        assert {each.name for each in sort.columns} <= columns.keys()
        assert sort.name.removeprefix("-") in columns
    assert {*resource.filters, *resource.ranges} <= columns.keys()
    assert len({sort.name for sort in resource.sorts}) == len(resource.sorts)


def test_every_resource_has_an_example_and_no_other() -> None:
    assert {each.path for each in (*LISTS, *ITEMS)} == documentation.examples().keys()


def test_descriptions_name_no_block() -> None:
    for resource in (*LISTS, *ITEMS):
        for column in contracts.columns(resource.mart):
            assert column.description
            assert "doc(" not in column.description


def test_rows_are_kept_until_the_version_changes() -> None:
    kept = Kept()
    reads: list[int] = []

    def read(most: int) -> Read:
        reads.append(most)
        return Read([("{}", "1")], "[1]")

    for version, count in (("a", 1), ("a", 1), ("b", 2), ("a", 3)):
        assert kept.held("question", version, read) == ([("{}", "1")], True, "[1]")
        assert len(reads) == count
    assert not kept.held("large", "a", lambda most: Read([("{}",)] * most)).is_complete
    assert not kept.held("large", "a", lambda _: pytest.fail("read again")).is_complete


@given(sizes=st.lists(st.integers(0, 200), max_size=30))
def test_what_is_kept_is_bounded(sizes: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warehouse.web.kept.MOST_BYTES", 100)
        patch.setattr("warehouse.web.kept.MOST_QUESTIONS", 5)
        kept = Kept()
        for number, size in enumerate(sizes):
            rows: list[Row] = [("x" * size,)]
            held = kept.held(str(number), "a", lambda _, rows=rows: Read(rows))  # type: ignore[misc]
            assert held.rows == rows
            assert len(kept._answers) <= 5
            assert sum(answer.size for answer in kept._answers.values()) <= 100


class Slow:
    """A database in which every question takes too long."""

    def __init__(self) -> None:
        self.asked = 0

    def analyst(self) -> Slow:
        """Lend itself as a session."""
        return self

    def __enter__(self) -> Slow:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def execute(self, *_: object) -> None:
        """Take too long."""
        self.asked += 1
        raise psycopg.errors.QueryCanceled


def test_what_takes_too_long_is_asked_once_a_version() -> None:
    slow = Slow()
    asker = Asker(slow, Lists(slow))  # type: ignore[arg-type]
    for version, asked in (("1", 1), ("1", 1), ("2", 2), ("2", 2), (None, 3), (None, 4)):
        with pytest.raises(psycopg.errors.QueryCanceled):
            asker.rows(sql.SQL("select 1"), {}, version)
        assert slow.asked == asked
    with pytest.raises(psycopg.errors.QueryCanceled):
        asker.rows(sql.SQL("select 2"), {}, "2")
    assert slow.asked == 5


def test_a_number_is_not_provided_where_no_row_of_a_platform_has_it() -> None:
    rows: list[dict[str, object]] = [
        {"platform": "tik_tok", "likes": None, "shares": None},
        {"platform": "tik_tok", "likes": 3, "shares": None},
        {"platform": "blog", "likes": 0, "shares": None},
        {"platform": "zine", "likes": None, "shares": 1},
    ]
    said = values.not_provided(rows, {"likes": "likes", "shares": "shares"})
    assert said == " Not provided: likes by zine; shares by blog, tik tok."
    assert values.not_provided(rows[2:3], {"likes": "likes"}) == ""
    assert values.not_provided([], {"likes": "likes"}) == ""
