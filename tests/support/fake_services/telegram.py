"""Telegram's Bot API: updates of one chat, each handed out until a later one is asked for.

Source: core.telegram.org/bots/api (getUpdates); updates as in
        tests/fixtures/telegram/valid/bot_answer.json.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fake_services.service import TOKEN, Answer, Asked, Service

CHAT = {"id": -1001000001234, "title": "Garden", "type": "supergroup"}
ADA = {"id": 7, "is_bot": False, "first_name": "Ada", "username": "ada"}


class Telegram(Service):
    """A bot in one group."""

    page_size: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.updates: list[dict[str, Any]] = []
        self.confirmed: list[dict[str, Any]] = []
        self.known: dict[str, datetime] = {}

    def publish(self, key: str, at: datetime, words: str = "Shall we?") -> None:
        """Write a message, or edit it."""
        told: dict[str, Any] = {
            "message_id": int(key),
            "from": ADA,
            "chat": CHAT,
            "date": int(self.known.setdefault(key, at).timestamp()),
            "text": words,
        }
        kind = "message"
        if at != self.known[key]:
            kind, told["edit_date"] = "edited_message", int(at.timestamp())
        number = 500 + len(self.updates) + len(self.confirmed)
        self.updates.append({"update_id": number, kind: told})

    def hide(self, key: str) -> None:
        """Do nothing: what was handed out does not come again."""

    def forget(self) -> None:
        """Hand everything out again, as to a bot that never asked."""
        self.updates = self.confirmed + self.updates
        self.confirmed = []

    def answer(self, asked: Asked) -> Answer:
        """Answer getUpdates."""
        if asked.path != f"/bot{self.token}/getUpdates":
            return Answer(404, {"ok": False, "error_code": 404, "description": "Not Found"})
        offset = int(asked.params.get("offset", 0))
        self.confirmed += [told for told in self.updates if told["update_id"] < offset]
        self.updates = [told for told in self.updates if told["update_id"] >= offset]
        size = min(self.page_size or 100, int(asked.params["limit"]))
        return Answer(200, {"ok": True, "result": self.updates[:size]})
