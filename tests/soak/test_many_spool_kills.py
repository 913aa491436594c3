"""A hundred kills of a serving process: every answered event lands, each once."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import psycopg
from tracking_kills import Killed

from warehouse.connection import Target

KILLS = 100


def test_a_hundred_kills_lose_nothing_and_repeat_nothing(
    target: Target, session: psycopg.Connection, tmp_path: Path, share: Callable[[int], int]
) -> None:
    dice = random.Random(1)
    killed = Killed(tmp_path, target.dbname)
    for _ in range(share(KILLS)):
        killed.round(dice.uniform(0.02, 2.0))
    killed.finish()
    rows = session.execute(
        "select platform, count(*), count(distinct native_id) from raw.interactions"
        " where workspace_id = 'acme' group by platform"
    ).fetchall()
    for platform, count, distinct in rows:
        assert count == distinct, platform
    found = {
        native_id
        for (native_id,) in session.execute(
            "select native_id from raw.interactions"
            " where workspace_id = 'acme' and platform = 'product'"
        )
    }
    assert {f"event:{event_id}" for event_id in killed.events} <= found
