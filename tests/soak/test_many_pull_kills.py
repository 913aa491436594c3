"""200 kills during pulls of all platforms: nothing is lost or doubled, no budget exceeded."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from built_home import DATABASE, TEMPLATE, copy_database
from command_line import Console
from fake_services.fakes import FAKES
from fake_services.service import TOKEN
from pull_kills import HOLD, MOMENTS, RELEASE, Days, killed
from pulled import NOW, VARIABLE, Pulled, make

from warehouse import connection
from warehouse.connection import Target

KILLS, BUDGET, PLENTY = 200, 60, 5_000
FURTHEST = 6  # request at which a pull is killed
WAYS = tuple(itertools.product(MOMENTS, ((), ("--backfill",))))
STANDING = """
select count(*), count(*) filter (where signs <> 1)
from (select sum(sign) as signs from core.interaction_ledger group by interaction_id) as led
"""


@pytest.fixture(scope="module", params=FAKES)
def platform(request: pytest.FixtureRequest) -> str:
    """A platform whose pulls are killed."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def target(platform: str, state_folder: Path) -> Target:
    """A database of its own for each platform, in which everything is built."""
    assert state_folder
    assert platform
    copy_database(connection.resolve("postgres"), TEMPLATE, DATABASE)
    return connection.resolve(DATABASE)


@pytest.fixture
def pulled(
    platform: str, warehouse: Console, target: Target, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pulled]:
    """A source that follows all that the platform has, with lists beneath its pages."""
    monkeypatch.setenv(VARIABLE, TOKEN)
    with make(platform) as service, target.connect(autocommit=True) as session:
        found = Pulled(platform, service, warehouse, session)
        found.service.page_size = 3
        session.execute(HOLD)
        yield found
        session.execute(RELEASE)
        found.file.unlink()


def test_many_kills(pulled: Pulled, target: Target, share: Callable[[int], int]) -> None:
    fake, service = pulled.fake, pulled.service
    followed = (fake.item, *fake.others)
    pulled.declare(*followed, daily_budget=BUDGET)
    dice = random.Random(pulled.platform)
    fake.branch(service, NOW - timedelta(days=1))
    for (item, write), number in itertools.product(fake.others.items(), range(4)):
        write(service, f"{880_000 + number}", NOW - timedelta(hours=2 + number))
        assert item != fake.item
    pulled.publish(20)
    days, counted = Days(pulled.session, pulled, BUDGET), Counter[str]()
    key = 960_000
    first = list(FAKES).index(pulled.platform)  # so that a small share has every way
    count = share(-(-KILLS // len(FAKES)))
    for moment, options in itertools.islice(itertools.cycle(WAYS), first, first + count):
        for _ in range(4):
            key += 1
            service.publish(str(key), NOW + timedelta(seconds=key - 960_000))
        number = dice.randint(1, FURTHEST)
        while not killed(pulled, target, moment, number, *options):
            number -= 1  # it had ended before
            if days.spent() > BUDGET - FURTHEST:
                days.end()
        counted[" ".join((moment, *options))] += 1
        if days.spent() > BUDGET - FURTHEST:
            days.end()
    pulled.declare(*followed, daily_budget=PLENTY)
    assert pulled.pull("--backfill").code == 0
    found = pulled.everything()
    assert pulled.console("run").code == 0
    assert pulled.session.execute(STANDING).fetchone() == (len(found["interactions"]), 0)
    pulled.clear()
    if fake.is_feed:
        service.forget()
    assert pulled.pull("--backfill").code == 0
    assert pulled.everything() == found
    assert all(fake.stored(str(one)) in found["interactions"] for one in range(960_001, key))
    print(pulled.platform, dict(counted), len(service.asked), "requests", days.count, "days")  # noqa: T201 (figures)
