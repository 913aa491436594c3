"""A declared REST API: pages by cursor, number and offset, and what ends them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec
import pytest

from warehouse.pulling.api import Page, Reply, ShapeError, Task
from warehouse.pulling.rest import List, Rest, api_of

AT = datetime(2026, 3, 1, tzinfo=UTC)
OLD, NEW = "2026-02-01T10:00:00Z", "2026-02-03T10:00:00"


def page(told: List, answer: object, position: str | None = None) -> Page:
    """Return what an answer says of the next page."""
    api = api_of(Rest({"posts": told}), "https://forum.example/api", {"posts": "found.posts"})
    return api.read(
        Task("posts", "7", position=position), Reply(200, {}, msgspec.json.encode(answer), AT)
    )


def listed(*times: str, **more: object) -> dict[str, object]:
    """Return an answer with a post for each time."""
    return {"found": {"posts": [{"id": 1, "at": {"utc": time}} for time in times]}, **more}


@pytest.mark.parametrize(
    ("pages", "position", "following"),
    [
        ("none", None, None),
        ("number", None, "2"),
        ("number", "2", "3"),
        ("offset", None, "2"),
        ("offset", "2", "4"),
        ("cursor", None, "c2"),
    ],
)
def test_the_next_page(
    pages: Literal["none", "cursor", "number", "offset"],
    position: str | None,
    following: str | None,
) -> None:
    told = List("/p", "m.toml", pages=pages, next="meta.after")
    answer = listed(NEW, OLD, meta={"after": "c2"})
    assert page(told, answer, position).position == following
    assert page(told, listed(meta={"after": "c2"}), position) == Page(0)


def test_a_last_cursor_is_empty() -> None:
    told = List("/p", "m.toml", pages="cursor", next="meta.after")
    for last in (None, "", False):
        assert page(told, listed(NEW, meta={"after": last})).position is None
    assert page(told, listed(NEW)).position is None


def test_times_tell_how_far_a_page_goes_back() -> None:
    told = List("/p", "m.toml", time="at.utc")
    assert page(told, listed(NEW, OLD)).oldest_at == datetime(2026, 2, 1, 10, tzinfo=UTC)
    with pytest.raises(ShapeError, match=r"a record has no at\.local"):
        page(List("/p", "m.toml", time="at.local"), listed(NEW))
    with pytest.raises(ShapeError, match=r"there is no list at found\.posts"):
        page(told, {"posts": []})


def test_a_request_says_what_is_wanted() -> None:
    told = List(
        "/topics/{id}/posts",
        "m.toml",
        params={"order": "new"},
        pages="cursor",
        page_parameter="after",
        since_parameter="since",
    )
    api = api_of(Rest({"posts": told}, "X-Key", ""), "https://forum.example", {"posts": None})
    request = api.ask(Task("posts", "7", AT, "c2"))
    assert request.path == "/topics/7/posts"
    assert request.params == {"order": "new", "since": "2026-03-01T00:00:00Z", "after": "c2"}
    assert api.authorise("secret") == {"X-Key": "secret"}
    assert api.authorise("") == {}
