"""Linear's GraphQL API: comments and issues of a team, the last updated first.

Source: linear.app/developers (pagination, rate limiting); comments and reactions as in
        tests/fixtures/linear/valid/answer.json.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from fake_services.service import TOKEN, Answer, Asked, Service, iso

PERSON = {"id": "u-1", "name": "Ada Lane", "displayName": "ada", "url": "https://l.test/ada"}


def _page(nodes: list[dict[str, Any]], first: int, after: str | None) -> dict[str, Any]:
    """Return a page of a connection; its cursor is the id of its last node."""
    ids = [node["id"] for node in nodes]
    start = ids.index(after) + 1 if after in ids else 0
    shown = nodes[start : start + first]
    return {
        "nodes": shown,
        "pageInfo": {
            "hasNextPage": start + first < len(nodes),
            "endCursor": shown[-1]["id"] if shown else None,
        },
    }


class Linear(Service):
    """A workspace with one team, ENG, and one issue."""

    page_size: int | None = None  # smaller than what is asked for

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.comments: dict[str, dict[str, Any]] = {}
        self.issue = {
            "id": "i-1",
            "identifier": "ENG-1",
            "title": "Water",
            "url": "https://linear.app/garden/issue/ENG-1/water",
            "createdAt": iso(self.now() - timedelta(days=900)),
            "team": {"id": "t-1", "key": "ENG", "name": "Garden"},
        }

    def publish(self, key: str, at: datetime, words: str = "Shall we?") -> None:
        """Write a comment, or edit it."""
        before = self.comments.get(key)
        self.comments[key] = {
            "id": key,
            "body": words,
            "createdAt": before["createdAt"] if before else iso(at),
            "updatedAt": iso(at),
            "editedAt": iso(at) if before else None,
            "archivedAt": None,
            "user": PERSON,
            "parent": None,
            "reactions": [],
        }

    def hide(self, key: str) -> None:
        """Leave a comment out of later pages."""
        del self.comments[key]

    def answer(self, asked: Asked) -> Answer:
        """Answer a query."""
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            code = {"code": "AUTHENTICATION_ERROR"}
            error = {"message": "Authentication required", "extensions": code}
            return Answer(401, {"errors": [error]})
        query, variables = asked.body["query"], asked.body["variables"]
        first = self.page_size or int(re.findall(r"first: (\d+)", query)[0])
        told = sorted(self.comments.values(), key=lambda one: one["updatedAt"], reverse=True)
        issue = {**self.issue, "updatedAt": told[0]["updatedAt"] if told else iso(self.now())}
        below = _page(told, self.page_size or 20, variables.get("below"))
        if " issues(" in query:
            issues = [{**issue, "comments": below}] if variables["id"] == "ENG" else []
            return Answer(200, {"data": {"issues": _page(issues, first, variables["after"])}})
        if " issue(" in query:
            return Answer(200, {"data": {"issue": {**issue, "comments": below}}})
        if variables["id"] != "ENG":
            told = []
        shown = [{**comment, "issue": issue} for comment in told]
        return Answer(200, {"data": {"comments": _page(shown, first, variables["after"])}})
