"""X's API v2: posts that mention an account, its own posts, replies and likers.

Source: docs.x.com/x-api; posts as in tests/fixtures/x/valid/page.json.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fake_services.service import TOKEN, Answer, Asked, Service, iso

ACCOUNT = "20"


class X(Service):
    """An account that others answer."""

    page_size: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.mentions: dict[str, dict[str, Any]] = {}
        self.posts: dict[str, dict[str, Any]] = {}
        self.likers: dict[str, list[str]] = {}  # by post

    def publish(self, key: str, at: datetime, words: str = "Lovely") -> None:
        """Answer a post of the account, or edit the answer: its id changes, its first stays."""
        number = f"1700000000000{key}"
        before = self.mentions.get(key)
        history = [*before["edit_history_tweet_ids"], f"{number}9"] if before else [number]
        self.mentions[key] = {
            "id": history[-1],
            "text": f"@ada {words}",
            "author_id": "21",
            "created_at": before["created_at"] if before else iso(at),
            "conversation_id": "1700000000000000100",
            "in_reply_to_user_id": ACCOUNT,
            "edit_history_tweet_ids": history,
            "referenced_tweets": [{"type": "replied_to", "id": "1700000000000000100"}],
        }

    def write(self, key: str, at: datetime, replies: int = 0) -> None:
        """Write a post of the account."""
        self.posts[key] = {
            "id": key,
            "text": "Spring is here",
            "author_id": ACCOUNT,
            "created_at": iso(at),
            "conversation_id": key,
            "edit_history_tweet_ids": [key],
            "public_metrics": {"reply_count": replies, "like_count": 0},
        }

    def like(self, post: str, user: str) -> None:
        """Like a post."""
        self.likers.setdefault(post, []).append(user)
        self.posts[post]["public_metrics"]["like_count"] = len(self.likers[post])

    def hide(self, key: str) -> None:
        """Leave an answer out of later pages."""
        del self.mentions[key]

    def answer(self, asked: Asked) -> Answer:
        """Answer a GET of a list."""
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return Answer(401, {"title": "Unauthorized", "detail": "Unauthorized"})
        _, _, kind, thing, *rest = asked.path.split("/")
        if rest == ["liking_users"]:
            items = [
                {"id": user, "username": f"u{user}", "name": f"U {user}"}
                for user in self.likers[thing]
            ]
        elif kind == "users":
            posts = self.mentions if rest == ["mentions"] else self.posts
            items = self._newest(posts if thing == ACCOUNT else {}, asked)
        else:
            post = asked.params["query"].removeprefix("conversation_id:")
            items = [told for told in self.mentions.values() if told["conversation_id"] == post]
        size = min(self.page_size or 100, int(asked.params["max_results"]))
        token = asked.params.get("pagination_token") or asked.params.get("next_token")
        start = int(token or 0)
        shown = items[start : start + size]
        told: dict[str, Any] = {"meta": {"result_count": len(shown)}}
        if shown:
            told["data"] = shown
        if start + size < len(items):
            told["meta"]["next_token"] = str(start + size)
        return Answer(200, told)

    @staticmethod
    def _newest(posts: dict[str, dict[str, Any]], asked: Asked) -> list[dict[str, Any]]:
        since = asked.params.get("start_time", "")
        found = [post for post in posts.values() if post["created_at"] >= since]
        return sorted(found, key=lambda post: str(post["created_at"]), reverse=True)


def branch(service: X, at: datetime) -> None:
    """Write a post that the account's mentions answer, and that many like."""
    post = "1700000000000000100"
    service.write(post, at, replies=1)
    for number in range(7):
        service.like(post, f"3{number}")
