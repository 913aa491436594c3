"""`warehouse serve --watch`: an event that was answered is in the marts seconds later."""

from __future__ import annotations

import re
import signal
import time

import httpx
import psycopg
from command_line import Console, process

from warehouse.connection import Target

LONGEST = 120  # seconds, on a busy machine


def test_a_tracked_event_reaches_the_marts(
    warehouse: Console, target: Target, session: psycopg.Connection
) -> None:
    assert warehouse("run").code == 0
    running = process(target, "serve", "--port", "0", "--watch")
    try:
        assert running.stdout is not None
        said = re.match(r"Serving (http://\S+) ", running.stdout.readline())
        assert said is not None
        event = {
            "post_id": "p1",
            "user_id": "wanda",
            "interaction_type": "like",
            "event_id": "e1",
        }
        answer = httpx.post(
            f"{said[1]}/api/track",
            params={"workspace": "acme"},
            json={**event, "event_id": "e1"},
            trust_env=False,
        )
        assert answer.json()["tracked"] == 1, answer.text
        ends = time.monotonic() + LONGEST
        found = "select from marts.followers where platform_user_id = 'wanda'"
        while session.execute(found).fetchone() is None:
            assert time.monotonic() < ends
            time.sleep(0.2)
        running.send_signal(signal.SIGTERM)
        _, problems = running.communicate(timeout=30)
        assert (running.returncode, problems) == (0, "")
    finally:
        running.kill()
        running.communicate()


def test_the_demo_stands_still(warehouse: Console) -> None:
    assert "leave one out" in warehouse.fails("serve", "--demo", "--watch", code=2)
