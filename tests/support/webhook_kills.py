"""Webhooks of several platforms, repeated and in any order, to a server that is killed.

Shape:  `Deliveries` knows which bodies there are and delivers each until it has been answered
        as often as planned; `landed` says how often each has landed.
Units:  seconds.
Errors: AssertionError where an answer is neither 200 nor none at all.
"""

from __future__ import annotations

import hmac
import json
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
from tracking_server import Server

from warehouse.spool import Limits
from warehouse.web.shared_secrets import FILE

SECRET = "of the platforms"
SMALL = Limits(segment_bytes=20_000, segment_seconds=0.05)
MOST_REPEATS = 3  # of one delivery, on top of those that a kill left without an answer
THREADS = 4
AGAIN_SECONDS = 0.05  # until a platform sends once more what nobody answered


class Delivery(NamedTuple):
    """A body as a platform pushes it."""

    name: str
    body: bytes
    headers: dict[str, str]


def telegram(number: int) -> Delivery:
    """Return an update of a bot, which Telegram proves by the secret itself."""
    message = {
        "message_id": number,
        "date": 1_780_000_000 + number,
        "chat": {"id": -1, "type": "group", "title": "Workshop"},
        "from": {"id": number % 50, "is_bot": False, "first_name": "Ada"},
        "text": f"hello {number}",
    }
    body = json.dumps({"update_id": number, "message": message}).encode()
    return Delivery("telegram", body, {"x-telegram-bot-api-secret-token": SECRET})


def generic(number: int) -> Delivery:
    """Return a line of the exchange format."""
    told = {
        **{"record": "interaction", "platform": "forum", "id": f"n{number}", "type": "like"},
        **{"actor_id": f"u{number % 50}", "occurred_at": "2026-06-01T10:00:00Z"},
    }
    body = json.dumps(told).encode()
    return Delivery("generic", body, {"x-signature-256": f"sha256={proof(body, 'sha256')}"})


def posthog(number: int) -> Delivery:
    """Return an event of PostHog."""
    told = {
        "event": "post_liked",
        "uuid": f"01890a5d-ac96-774b-bcce-{number:012x}",
        "distinct_id": f"u{number % 50}",
        "timestamp": "2026-06-07T10:00:00Z",
        "properties": {"$current_url": "https://shop.example/feed"},
    }
    body = json.dumps(told).encode()
    return Delivery("posthog", body, {"x-signature-256": f"sha256={proof(body, 'sha256')}"})


def proof(body: bytes, digest: str) -> str:
    """Return what signs a body."""
    return hmac.new(SECRET.encode(), body, digest).hexdigest()


WAYS: tuple[Callable[[int], Delivery], ...] = (telegram, generic, posthog)


class Deliveries:
    """So many different bodies, each planned once to four times, shuffled."""

    def __init__(self, home: Path, database: str, count: int, dice: random.Random) -> None:
        secrets = "\n".join(
            f'{name} = "{SECRET}"' for name in ("telegram", "generic", "posthog")
        )
        (home / FILE).write_text(f"[acme]\n{secrets}\n")
        (home / FILE).chmod(0o600)
        self._home, self._dice = home, dice
        self._server = Server(home, SMALL, database)
        bodies = [WAYS[number % len(WAYS)](number + 1) for number in range(count)]
        planned = [each for each in bodies for _ in range(1 + dice.randint(0, MOST_REPEATS))]
        dice.shuffle(planned)
        self.planned_count = len(planned)
        self.kill_count = 0
        self._left: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
        for each in planned:
            self._left.put(each)
        self._answered = 0
        self._counting = threading.Lock()

    def deliver(self, shortest: float, longest: float) -> None:
        """Deliver everything while the server is killed after times between these."""
        threads = [threading.Thread(target=self._go_on) for _ in range(THREADS)]
        self._server.start()
        for thread in threads:
            thread.start()
        while not self._is_done():
            ends = time.monotonic() + self._dice.uniform(shortest, longest)
            while time.monotonic() < ends and not self._is_done():
                time.sleep(0.01)
            if not self._is_done():
                self._server.kill()
                self.kill_count += 1
                self._server.start()
        for thread in threads:
            thread.join()
        while [*(self._home / "spool").glob("*.segment")]:
            time.sleep(0.05)
        self._server.stop()

    def _is_done(self) -> bool:
        return self._answered >= self.planned_count

    def _go_on(self) -> None:
        """Deliver one after the other; what gets no answer is sent again, later than others."""
        while not self._is_done():
            try:
                sent = self._left.get_nowait()
            except queue.Empty:
                time.sleep(AGAIN_SECONDS)
                continue
            try:
                answer = self._server.post(
                    f"/api/webhooks/{sent.name}/acme", content=sent.body, headers=sent.headers
                )
            except httpx.TransportError:  # it is dead, or has died over this
                self._left.put(sent)
                time.sleep(AGAIN_SECONDS)
                continue
            assert answer.status_code == 200, answer.text
            with self._counting:
                self._answered += 1


def landed(session: psycopg.Connection) -> Counter[str]:
    """Return how many interactions landed from each platform, and how many different ones."""
    found: Counter[str] = Counter()
    for platform, count, distinct in session.execute(
        "select platform, count(*), count(distinct native_id) from raw.interactions"
        " where workspace_id = 'acme' group by platform"
    ):
        found[platform] = count
        found[f"different of {platform}"] = distinct
    return found
