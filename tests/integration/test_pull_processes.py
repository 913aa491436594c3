"""Pulls in processes: a kill at a request or a commit costs nothing, and watch pulls."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import psycopg
import pytest
from command_line import Console, process
from fake_services.service import TOKEN
from pull_kills import HOLD, MOMENTS, RELEASE, Days, killed
from pulled import VARIABLE, Pulled, make

from warehouse.connection import Target

pytestmark = pytest.mark.first_build

BUDGET = 100


@pytest.fixture
def pulled(
    warehouse: Console, session: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pulled]:
    """A source with pages of three."""
    monkeypatch.setenv(VARIABLE, TOKEN)
    with make("linear") as service:
        found = Pulled("linear", service, warehouse, session)
        found.service.page_size = 3
        session.execute(HOLD)
        yield found
        session.execute(RELEASE)
        found.clear()
        found.file.unlink()


def test_kills_at_requests_and_commits(
    pulled: Pulled, target: Target, session: psycopg.Connection
) -> None:
    keys = pulled.publish(8, step=86_400)
    pulled.declare(daily_budget=BUDGET)
    count = 0
    for number, moment in itertools.product((1, 2), MOMENTS):
        count += killed(pulled, target, moment, number, "--backfill")
        assert pulled.stored().total() == len(pulled.stored())
    assert count == 2 * len(MOMENTS)
    assert pulled.pull("--backfill").code == 0
    assert pulled.has(*keys)
    assert Days(session, pulled, BUDGET).spent() >= count


def test_watch_pulls_on_its_schedule(pulled: Pulled, target: Target) -> None:
    pulled.publish(2)
    pulled.declare(every="10s")
    running = process(target, "watch", "--every", "200ms", "--log", "json")
    try:
        assert running.stdout is not None
        told = map(json.loads, iter(running.stdout.readline, ""))
        landed = next(event for event in told if event["event"] == "load_landed")
        assert landed["source"] == f"pull/s/{pulled.fake.item}"
        assert landed["platform"] == pulled.platform
    finally:
        running.kill()
        running.communicate()
