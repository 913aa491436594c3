"""A backfill of 100,000 comments: in bounded memory, and at once where it was broken off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from command_line import Console
from fake_services.service import TOKEN
from long_backfill import PAGE, Channel, landed, peak_of
from pull_kills import HOLD, MOMENTS, RELEASE, killed
from pulled import VARIABLE, Pulled

from warehouse.connection import Target

pytestmark = pytest.mark.first_build

SOME, MANY = 2_000, 100_000
SLACK = 3 * 1024**2  # bytes by which two equal pulls may differ


@pytest.fixture(params=[SOME, pytest.param(MANY, marks=pytest.mark.soak)])
def many(request: pytest.FixtureRequest, share: Callable[[int], int]) -> int:
    """How many comments, of which a tenth fills pages too."""
    return SOME if request.param == SOME else max(share(MANY) // SOME, 1) * SOME


@contextmanager
def channel(count: int, console: Console, session: psycopg.Connection) -> Iterator[Pulled]:
    """A source that follows a channel of so many comments."""
    with Channel(count) as service:
        pulled = Pulled("youtube", service, console, session)
        pulled.declare(budget=5_000)
        yield pulled
        pulled.clear()
        pulled.file.unlink()


def test_memory_does_not_grow_with_the_history(
    many: int,
    warehouse: Console,
    session: psycopg.Connection,
    target: Target,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, TOKEN)
    peaks = {}
    for count in (many // 10, many):
        with channel(count, warehouse, session) as pulled:
            peaks[count] = peak_of(pulled, target)
    print(*(f"{count:,} comments: {peak / 1e6:.1f} MB" for count, peak in peaks.items()))  # noqa: T201 (figures)
    assert peaks[many] <= peaks[many // 10] + SLACK


def test_a_kill_costs_the_page_that_was_under_way(
    many: int,
    warehouse: Console,
    session: psycopg.Connection,
    target: Target,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, TOKEN)
    with channel(many, warehouse, session) as pulled:
        session.execute(HOLD)
        try:
            for moment in MOMENTS:
                assert killed(pulled, target, moment, many // PAGE // 6, "--backfill")
        finally:
            session.execute(RELEASE)
        asked = len(pulled.service.asked)
        assert pulled.pull("--backfill").code == 0
        assert landed(pulled) == (many, many)
        tokens = pulled.service.tokens()
        again = {token: count for token, count in tokens.items() if token and count > 1}
        assert len(again) <= len(MOMENTS)
        assert set(again.values()) <= {2}
        assert len(tokens) == many // PAGE
        assert tokens[""] == 2 + len(MOMENTS)  # the news of each pull, and the first page
        last = len(pulled.service.asked) - asked
        print(f"{asked} requests until the last kill, {last} after; {len(again)} pages twice")  # noqa: T201 (figures)
