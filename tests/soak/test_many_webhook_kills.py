"""Ten thousand webhooks, repeated and in any order, while the server is killed and started."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import psycopg
from webhook_kills import WAYS, Deliveries, landed

from warehouse.connection import Target

DELIVERIES = 10_000  # in all, of which each body is one to four
FEWEST = 2_000  # that take longer than the time until the first kill


def test_every_webhook_counts_once(
    target: Target, session: psycopg.Connection, tmp_path: Path, share: Callable[[int], int]
) -> None:
    count = max(share(DELIVERIES), FEWEST) * 2 // 5
    deliveries = Deliveries(tmp_path, target.dbname, count, random.Random(1))
    deliveries.deliver(0.2, 3.0)
    assert deliveries.planned_count >= 2 * count
    assert deliveries.kill_count > 0
    found = landed(session)
    expected = {
        platform: len(range(place, count, len(WAYS)))
        for place, platform in enumerate(("telegram", "forum", "product"))
    }
    for platform, expected_count in expected.items():
        assert found[platform] == found[f"different of {platform}"] == expected_count
