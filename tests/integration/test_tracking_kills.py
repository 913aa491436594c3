"""No `kill -9` of the server loses an answered event or webhook, or lands one twice.

The long form, a hundred kills, is tests/soak/test_many_spool_kills.py.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
from tracking_kills import Killed

from warehouse.connection import Target

ROUNDS = 4


def landed_keys(session: psycopg.Connection, platform: str) -> list[str]:
    """Return the native ids of all rows that landed."""
    rows = session.execute(
        "select native_id from raw.interactions where workspace_id = 'acme'"
        " and platform = %s order by 1",
        (platform,),
    )
    return [native_id for (native_id,) in rows]


def test_killed_servers_lose_nothing_and_repeat_nothing(
    target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    killed = Killed(tmp_path, target.dbname)
    for attempt in range(ROUNDS):
        killed.round(0.1 + 0.15 * attempt)
    killed.finish()
    assert len(killed.events) + len(killed.updates) >= ROUNDS  # a busy machine answers few
    events = landed_keys(session, "product")
    assert len(events) == len(set(events))
    assert {f"event:{event_id}" for event_id in killed.events} <= set(events)
    updates = landed_keys(session, "telegram")
    assert len(updates) == len(set(updates)) >= len(killed.updates)
    known = session.execute(
        "select count(*) from raw.loads where workspace_id = 'acme' and committed_at is null"
    ).fetchone()
    assert known == (0,)
