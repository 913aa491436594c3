"""A forum with an API that a source declares: pages by cursor, the newest post first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fake_services.service import TOKEN, Answer, Asked, Service, iso
from loaders.exchange.mapping import Map
from warehouse.pulling.api import Api
from warehouse.pulling.rest import List, Rest, api_of

MAP = Map(
    columns={
        "id": "id",
        "author": "actor_id",
        "text": "text",
        "created_at": "occurred_at",
        "edited_at": "version_at",
    },
    constants={"platform": "forum", "type": "comment"},
    list_key="posts",
)
POSTS = List(
    "/api/topics/{id}/posts.json",
    "forum.toml",
    pages="cursor",
    page_parameter="after",
    next="meta.next",
    time="created_at",
)


def api() -> Api:
    """Return the API as a source declares it."""
    return api_of(Rest({"posts": POSTS}), "https://forum.example", {"posts": MAP.list_key})


class Forum(Service):
    """A forum with one topic, garden."""

    page_size: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.posts: dict[str, dict[str, Any]] = {}

    def publish(self, key: str, at: datetime, words: str = "Shall we?") -> None:
        """Write a post, or edit it."""
        before = self.posts.get(key)
        written = before["created_at"] if before else iso(at)
        told = {"id": key, "author": "ada", "text": words, "created_at": written}
        self.posts[key] = {**told, "edited_at": iso(at)}

    def hide(self, key: str) -> None:
        """Leave a post out of later pages."""
        del self.posts[key]

    def answer(self, asked: Asked) -> Answer:
        """Answer a GET of posts."""
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return Answer(401, {"error": "who are you?"})
        mine = self.posts.values() if "/garden/" in asked.path else ()
        posts = sorted(mine, key=lambda post: str(post["created_at"]), reverse=True)
        start, size = int(asked.params.get("after", 0)), self.page_size or 50
        last = start + size >= len(posts)
        meta = {"next": None if last else start + size}
        return Answer(200, {"posts": posts[start : start + size], "meta": meta})
