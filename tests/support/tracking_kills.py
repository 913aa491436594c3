"""Requests to a server that is killed again and again, and what of them was answered.

Shape:  `Killed` posts interactions and updates of a Telegram bot, from several threads, until
        the server is gone; the next round starts it again.
Units:  seconds.
Errors: AssertionError where an answer is neither 200 nor none at all.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tracking_server import Server

from warehouse.spool import Limits
from warehouse.web.shared_secrets import FILE

SECRET = "of the bot"
SMALL = Limits(segment_bytes=3_000, segment_seconds=0.05)
BATCH = 3


@dataclass
class Killed:
    """A server that is killed, and the ids of what it has answered."""

    home: Path
    database: str
    events: set[str] = field(default_factory=set)
    updates: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        (self.home / FILE).write_text(f'[acme]\ntelegram = "{SECRET}"\n')
        (self.home / FILE).chmod(0o600)
        self._numbers = itertools.count()
        self._server = Server(self.home, SMALL, self.database)

    def round(self, seconds: float) -> None:
        """Start the server, post for some time after its first answer, kill it meanwhile."""
        server = self._server.start()
        before = self._answered
        ways = (self._track, self._track, self._push)
        threads = [threading.Thread(target=self._go_on, args=(server, way)) for way in ways]
        for thread in threads:
            thread.start()
        while self._answered == before:
            time.sleep(0.01)
        time.sleep(seconds)
        server.kill()
        for thread in threads:
            thread.join()

    @property
    def _answered(self) -> int:
        return len(self.events) + len(self.updates)

    def finish(self) -> None:
        """Start the server once more and end it well, when everything has landed."""
        with self._server:
            while [*(self.home / "spool").glob("*.segment")]:
                time.sleep(0.02)

    @staticmethod
    def _go_on(server: Server, way: Callable[[Server], None]) -> None:
        while True:
            try:
                way(server)
            except httpx.TransportError:  # it is dead
                return

    def _track(self, server: Server) -> None:
        ids = [f"e{next(self._numbers)}" for _ in range(BATCH)]
        items = [
            {"interaction_type": "view", "post_id": "p", "event_id": event_id}
            for event_id in ids
        ]
        answer = server.post(server.track(), json={"interactions": items})
        assert answer.json()["tracked"] == BATCH, answer.text
        self.events.update(ids)

    def _push(self, server: Server) -> None:
        number = next(self._numbers)
        message = {
            "message_id": number,
            "date": 1_780_000_000,
            "chat": {"id": -1, "type": "group", "title": "Workshop"},
            "from": {"id": 5, "is_bot": False, "first_name": "Ada"},
            "text": "hello",
        }
        answer = server.post(
            "/api/webhooks/telegram/acme",
            content=json.dumps({"update_id": number, "message": message}).encode(),
            headers={"x-telegram-bot-api-secret-token": SECRET},
        )
        assert answer.status_code == 200, answer.text
        self.updates.add(number)
