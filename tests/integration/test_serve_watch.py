"""`warehouse serve --watch`: seconds later an event is in the marts, and its alert sent."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from command_line import Console, process
from receivers import Receiver, http_receiver

from warehouse import channels
from warehouse.connection import Target

LONGEST = 120  # seconds, on a busy machine
FLAG = (
    "insert into raw.decisions (workspace_id, platform, actor_id, decision, reason)"
    " values ('acme', 'product', 'wanda', 'flagged', 'ask')"
)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """A declared channel, and what it gets."""
    place = channels.place()
    with http_receiver() as receiver:
        place.touch(0o600)
        place.write_text(f'[channels.team]\nurl = "json://127.0.0.1:{receiver.port}/team"\n')
        yield receiver
        place.unlink()


def test_a_tracked_event_reaches_the_marts_and_its_alert_a_channel(
    warehouse: Console, target: Target, session: psycopg.Connection, hook: Receiver
) -> None:
    """Who has never acted raises no alert; the event that arrives makes the flag one."""
    session.execute(FLAG)
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
            json=event,
            trust_env=False,
        )
        assert answer.json()["tracked"] == 1, answer.text
        ends = time.monotonic() + LONGEST
        found = "select from marts.followers where platform_user_id = 'wanda'"
        while session.execute(found).fetchone() is None or not hook.posted:
            assert time.monotonic() < ends
            time.sleep(0.2)
        running.send_signal(signal.SIGTERM)
        _, problems = running.communicate(timeout=30)
        assert (running.returncode, problems) == (0, "")
    finally:
        running.kill()
        running.communicate()
    assert [posted.title for posted in hook.posted] == ["Notice in acme: wanda on product"]
    assert "Flagged for review: ask." in hook.posted[0].message


def test_the_demo_stands_still(warehouse: Console) -> None:
    assert "leave one out" in warehouse.fails("serve", "--demo", "--watch", code=2)
