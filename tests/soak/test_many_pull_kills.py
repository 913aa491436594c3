"""200 kills during pulls of all platforms: nothing is lost or doubled, no budget exceeded."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from command_line import Console
from fake_services.fakes import FAKES
from fake_services.service import TOKEN
from pull_kills import HOLD, MOMENTS, RELEASE, killed, within_budget
from pulled import NOW, VARIABLE, Pulled, make

from warehouse.connection import Target

pytestmark = pytest.mark.first_build

KILLS, BUDGET = 200, 5_000


@pytest.mark.parametrize("platform", FAKES)
def test_many_kills(
    platform: str,
    warehouse: Console,
    target: Target,
    monkeypatch: pytest.MonkeyPatch,
    share: Callable[[int], int],
) -> None:
    monkeypatch.setenv(VARIABLE, TOKEN)
    rng = random.Random(platform)
    with make(platform) as service, target.connect(autocommit=True) as session:
        pulled = Pulled(platform, service, warehouse, session)
        pulled.service.page_size = 3
        pulled.declare(daily_budget=BUDGET)
        session.execute(HOLD)
        keys = pulled.publish(30)
        try:
            for number in range(share(-(-KILLS // len(FAKES)))):
                options = rng.choice([(), ("--backfill",)])
                moment = rng.choice(MOMENTS)
                killed(pulled, target, moment, rng.randint(1, 6), *options)
                keys.append(f"{960_000 + number}")
                pulled.service.publish(keys[-1], NOW + timedelta(seconds=number + 1))
            assert pulled.pull("--backfill").code == 0
            assert pulled.has(*keys)
            assert within_budget(session, pulled, BUDGET)
        finally:
            session.execute(RELEASE)
            pulled.clear()
            pulled.file.unlink()
