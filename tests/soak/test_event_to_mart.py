"""How long an answered event takes into the marts, while much is stored and much arrives."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from command_line import process

from benchmarks.synthetic import Deliveries
from warehouse import loading, runs
from warehouse.connection import Target

STORED = 1_000_000
SECONDS = 600
RATE, BATCH = 100, 20  # events a second, events a request
GOAL_SECONDS = 10.0  # of 95 %
LONGEST = 120.0  # that the last may take
WORKSPACE = "tracked"
SPAN = timedelta(days=300)


def test_an_answered_event_is_in_a_mart_soon(
    target: Target, session: psycopg.Connection, tmp_path: Path, share: Callable[[int], int]
) -> None:
    stored = share(STORED)
    deliveries = Deliveries(seed=1, followers=max(stored // 20, 100), contents=400)
    deliveries.write(tmp_path / "stored.ndjson", stored, datetime.now(UTC) - SPAN, SPAN)
    list(loading.load(session, [str(tmp_path / "stored.ndjson")], loading.Declared("stored")))
    assert runs.run(target, session, accept=True).is_successful
    session.execute("vacuum (analyze)")
    running = process(target, "serve", "--port", "0", "--watch")
    try:
        assert running.stdout is not None
        said = re.match(r"Serving (http://\S+) ", running.stdout.readline())
        assert said is not None
        threading.Thread(target=running.stdout.read, daemon=True).start()
        answered = Answered(f"{said[1]}/api/track?workspace={WORKSPACE}")
        sender = threading.Thread(target=answered.send, args=(share(SECONDS),))
        sender.start()
        took = watched(session, answered, sender)
    finally:
        running.terminate()
        _, problems = running.communicate(timeout=60)
    assert (running.returncode, problems) == (0, "")
    assert answered.problem is None
    assert len(took) == answered.count > 0
    ranked = sorted(took)
    p95 = ranked[int(len(ranked) * 0.95)]
    sys.stderr.write(
        f"{stored:,} stored, {len(took) * BATCH:,} events at {RATE}/s: from answer to mart "
        f"p50 {ranked[len(ranked) // 2]:.1f} s, p95 {p95:.1f} s, longest {ranked[-1]:.1f} s\n"
    )
    if stored == STORED:  # a share has few batches, the first of which waits for imports
        assert p95 <= GOAL_SECONDS


class Answered:
    """Batches that were answered, by the user of their last event, and when."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.at: dict[str, float] = {}
        self.count = 0
        self.problem: str | None = None

    def send(self, seconds: int) -> None:
        """Send at a steady rate for some time."""
        begun = time.monotonic()
        with httpx.Client(trust_env=False, timeout=60) as client:
            for number in range(max(seconds * RATE // BATCH, 5)):
                time.sleep(max(begun + number * BATCH / RATE - time.monotonic(), 0))
                items = [
                    {
                        "event_id": f"{number}-{place}",
                        "interaction_type": "like",
                        "post_id": f"post-{place}",
                        "user_id": f"u{number}" if place == BATCH - 1 else f"of-all-{place}",
                    }
                    for place in range(BATCH)
                ]
                answer = client.post(self._url, json={"interactions": items})
                if answer.status_code != httpx.codes.OK or answer.json()["tracked"] != BATCH:
                    self.problem = answer.text
                    return
                self.at[f"u{number}"] = time.monotonic()
                self.count += 1


def watched(
    session: psycopg.Connection, answered: Answered, sender: threading.Thread
) -> list[float]:
    """Return how long each batch took from its answer to the mart."""
    took: dict[str, float] = {}
    ends = None
    while sender.is_alive() or len(took) < answered.count:
        if not sender.is_alive():
            ends = ends or time.monotonic() + LONGEST
            if time.monotonic() > ends:
                pytest.fail(f"{answered.count - len(took)} batches have not reached the mart")
        waiting = [user for user in list(answered.at) if user not in took]
        rows = session.execute(
            "select distinct platform_user_id from marts.followers"
            " where workspace_id = %s and platform_user_id = any(%s)",
            (WORKSPACE, waiting),
        ).fetchall()
        now = time.monotonic()
        took |= {user: now - answered.at[user] for (user,) in rows}
        time.sleep(0.2)
    return list(took.values())
