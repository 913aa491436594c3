"""Walks over the pages of every platform's fake: nothing is lost wherever they break off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import tenacity
from fake_services.fakes import FAKES
from fake_services.forum import MAP
from pull_memory import Killed, Memory
from pulled import NOW, make

from loaders.exchange.mapped import format_for
from loaders.parsing.formats import Context
from loaders.reading.documents import Document
from loaders.reading.reader import outcomes
from loaders.records import Interaction, Landed
from loaders.registry import recognise
from warehouse.pulling import asking
from warehouse.pulling.rest import PLATFORM


@pytest.fixture(params=FAKES)
def memory(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    """A platform's fake with pages of three."""
    monkeypatch.setattr(asking, "_backoff", tenacity.wait_random(0, 0.01))
    with make(request.param) as service:
        found = Memory(request.param, service)
        found.service.page_size = 3
        yield found


def publish(memory: Memory, count: int, step: float = 60.0) -> list[str]:
    """Write so many things, and return their keys."""
    keys = [f"{900_000 + number}" for number in range(count)]
    for number, key in enumerate(reversed(keys)):
        memory.service.publish(key, NOW - timedelta(seconds=number * step))
    return keys


@pytest.mark.parametrize("backfill", [False, True])
def test_a_kill_anywhere_loses_nothing(memory: Memory, backfill: bool) -> None:
    keys = publish(memory, 8)
    memory.pull(backfill=backfill)
    assert all(memory.has(key) for key in keys)
    steps = memory.steps
    for death in range(1, steps + 1):
        memory.pages, memory.state, memory.steps, memory.dies_at = [], b"{}", 0, death
        if hasattr(memory.service, "forget"):
            memory.service.forget()
        with pytest.raises(Killed):
            memory.pull(backfill=backfill)
        memory.dies_at = None
        late = f"{970_000 + death}"
        memory.service.publish(late, NOW + timedelta(seconds=death))
        memory.pull(backfill=backfill)
        assert [key for key in (*keys, late) if not memory.has(key)] == [], death
        memory.service.hide(late)


def test_nothing_new_costs_the_pages_of_the_window(memory: Memory) -> None:
    publish(memory, 8, step=20_000)
    memory.pull()
    pages = 1 if memory.fake.is_feed else 4  # 4 pages of 3, or an empty one after 3
    assert memory.pull() <= pages
    assert memory.pull() <= pages


def test_a_backfill_is_kept_in_bounded_memory(memory: Memory) -> None:
    publish(memory, 60, step=86_400)
    memory.pull(backfill=True)
    assert memory.largest < 4_000


def test_pages_are_what_the_loaders_read(memory: Memory) -> None:
    keys = publish(memory, 8)
    memory.pull()
    found = set()
    for content in memory.pages:
        with Document.of_bytes(content, "page") as document:
            if memory.platform == PLATFORM:
                fmt = format_for(MAP, document.head)
            else:
                _, fmt = recognise(document, memory.platform)
            for outcome in outcomes(document, fmt, Context()):
                assert isinstance(outcome, Landed), outcome
                found |= {
                    record.native_id
                    for record in outcome.records
                    if isinstance(record, Interaction)
                }
    assert {memory.fake.stored(key) for key in keys} <= found
