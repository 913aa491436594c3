"""Walks over the pages of every platform's fake: nothing is lost wherever they break off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import tenacity
from fake_services.fakes import FAKES, api_of
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

BRANCHES = 9  # requests for lists beneath a page, which a backfill asks for once more


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


@pytest.mark.parametrize(("backfill", "step"), [(False, 1), (True, 1), (True, 3)])
def test_a_kill_anywhere_loses_nothing(memory: Memory, backfill: bool, step: int) -> None:
    """A longer walk, with lists beneath its pages, is killed at every third step."""
    keys = publish(memory, 8)
    if step > 1:
        memory.fake.branch(memory.service, NOW - timedelta(hours=1))
    memory.pull(backfill=backfill)
    assert all(memory.has(key) for key in keys)
    steps, whole = memory.steps, {one.native_id for one in interactions(memory)}
    for death in range(1, steps + 1, step):
        memory.pages, memory.names = [], []
        memory.state, memory.steps, memory.dies_at = b"{}", 0, death
        if hasattr(memory.service, "forget"):
            memory.service.forget()
        with pytest.raises(Killed):
            memory.pull(backfill=backfill)
        memory.dies_at = None
        late = f"{970_000 + death}"
        memory.service.publish(late, NOW + timedelta(seconds=death))
        memory.pull(backfill=backfill)
        assert memory.has(late)
        assert whole <= {one.native_id for one in interactions(memory)}, death
        memory.service.hide(late)


def test_nothing_new_costs_the_pages_of_the_window(memory: Memory) -> None:
    """For everything that can be followed, also with lists beneath its pages."""
    service, fake = memory.service, memory.fake
    assert {*api_of(memory.platform).follows} == {
        item.partition(":")[0] for item in (fake.item, *fake.others)
    }
    service.skew = timedelta(minutes=10 - datetime.now(UTC).minute)  # no hour ends meanwhile
    for item, write in {fake.item: type(service).publish, **fake.others}.items():
        memory.fake, memory.state = fake._replace(item=item), b"{}"
        for number in range(10):
            write(service, f"{900_000 + number}", NOW - timedelta(seconds=number * 20_000))
        fake.branch(service, NOW - timedelta(hours=9))
        memory.pull()
        pages = 1 if fake.is_feed else 4  # 9 or 10 of them are within two days
        assert memory.pull() <= pages, item
        assert memory.pull(backfill=True) <= pages + 4 + BRANCHES, item
        assert memory.pull() <= pages, item


def test_what_a_later_page_leaves_out_is_asked_for_no_more_and_not_deleted(
    memory: Memory,
) -> None:
    keys = publish(memory, 8)
    memory.pull()
    for key in keys[2:6]:
        memory.service.hide(key)
    assert memory.pull() <= 2  # two pages are left
    assert all(memory.has(key) for key in keys)
    assert not any(record.is_retracted for record in interactions(memory))


def test_a_backfill_is_kept_in_bounded_memory(memory: Memory) -> None:
    publish(memory, 60, step=86_400)
    memory.pull(backfill=True)
    assert memory.largest < 4_000


def test_pages_are_what_the_loaders_read(memory: Memory) -> None:
    keys = publish(memory, 8)
    memory.pull()
    found = {record.native_id for record in interactions(memory)}
    assert {memory.fake.stored(key) for key in keys} <= found


def interactions(memory: Memory) -> Iterator[Interaction]:
    """Yield the interactions of all pages, as the loaders read them."""
    for name, content in zip(memory.names, memory.pages, strict=True):
        with Document.of_bytes(content, name) as document:
            if memory.platform == PLATFORM:
                fmt = format_for(MAP, document.head)
            else:
                _, fmt = recognise(document, memory.platform)
            for outcome in outcomes(document, fmt, Context()):
                assert isinstance(outcome, Landed), outcome
                for record in outcome.records:
                    if isinstance(record, Interaction):
                        yield record
