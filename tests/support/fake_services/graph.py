"""The Graph APIs of Facebook and Instagram: posts of one account with their comments.

Source: developers.facebook.com/docs/graph-api (paging, field expansion, errors, insights, and
        pages-api/platforminsights/page/deprecated-metrics); objects as
        in tests/fixtures, facebook/valid/graph_post.json and instagram/valid/comment.json.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from fake_services.service import TOKEN, Answer, Asked, Service

ACCOUNT = "100200300"
_METRICS = re.compile(r"insights\.metric\(([\w,]+)\)")
_AFTER = re.compile(r"comments\.limit\(\d+\)\.after\((\w+)\)")


def stamp(at: datetime) -> str:
    """Return a time as the Graph API writes it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}+0000"


class Graph(Service):
    """An account: each thing that is published is a post with one comment of that key."""

    page_size: int | None = None
    comment_size = 50
    edge = ""
    metrics: frozenset[str]  # that the documentation names, without the deprecated ones

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.posts: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, list[dict[str, Any]]] = {}
        self.seen: dict[str, int] = {}  # how often, by post

    def publish(self, key: str, at: datetime, words: str = "Lovely") -> None:
        """Publish a post with a comment, or edit the comment."""
        self.posts.setdefault(key, self.post(key, at))
        self.comments[key] = [self.comment(key, key, at, words)]

    def add_comment(self, post: str, key: str, at: datetime) -> None:
        """Write one more comment to a post."""
        self.comments[post].append(self.comment(post, key, at, "Agreed"))

    def hide(self, key: str) -> None:
        """Leave a post out of later pages."""
        del self.posts[key]

    def post(self, key: str, at: datetime) -> dict[str, Any]:
        """Return a post."""
        raise NotImplementedError

    def comment(self, post: str, key: str, at: datetime, words: str) -> dict[str, Any]:
        """Return a comment."""
        raise NotImplementedError

    def _edge(
        self, items: list[dict[str, Any]], after: str | None, size: int, path: str
    ) -> dict[str, Any]:
        start = int(after) if after else 0
        told: dict[str, Any] = {"data": items[start : start + size]}
        if items:
            told["paging"] = {"cursors": {"before": str(start), "after": str(start + size)}}
        if start + size < len(items):
            told["paging"]["next"] = (
                f"https://graph.facebook.com/v23.0/{path}?access_token={self.token}"
                f"&after={start + size}"
            )
        return told

    def answer(self, asked: Asked) -> Answer:
        """Answer a GET of an edge or an object."""
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            error = {"message": "Error validating access token", "code": 190}
            return Answer(400, {"error": error})
        _, _, thing, *edge = asked.path.split("/")
        asked_for = _METRICS.search(asked.params["fields"])
        metrics = asked_for[1].split(",") if asked_for else []
        if not self.metrics.issuperset(metrics):
            message = "(#100) The value must be a valid insights metric"
            return Answer(400, {"error": {"message": message, "code": 100}})
        if edge:
            mine = self.posts.items() if thing == ACCOUNT else ()
            newest = sorted(mine, key=lambda item: self.time(item[1]), reverse=True)
            posts = [
                self._measured(key, post, metrics, asked.params["fields"])
                if metrics
                else self._shown(key, post, None)
                for key, post in newest
            ]
            size = self.page_size or int(asked.params["limit"])
            return Answer(
                200, self._edge(posts, asked.params.get("after"), size, f"{ACCOUNT}/{edge[0]}")
            )
        key = thing.rpartition("_")[2]
        after = _AFTER.search(asked.params["fields"])
        return Answer(200, self._shown(key, self.posts[key], after and after[1]))

    def _shown(self, key: str, post: dict[str, Any], after: str | None) -> dict[str, Any]:
        comments = self.comments[key]
        path = f"{post['id']}/comments"
        edge = self._edge(comments, after, self.comment_size, path)
        edge["summary"] = {"total_count": len(comments)}
        return {**post, "comments_count": len(comments), "comments": edge}

    def _measured(
        self, key: str, post: dict[str, Any], metrics: list[str], fields: str
    ) -> dict[str, Any]:
        """Return what was asked for of a post, and its numbers."""
        told = [
            {
                "name": metric,
                "period": "lifetime",
                "values": [{"value": self.seen.get(key, 0)}],
                "title": metric,
                "description": "How often.",
                "id": f"{post['id']}/insights/{metric}/lifetime",
            }
            for metric in metrics
        ]
        named = {name: post[name] for name in fields.split(",") if name in post}
        return {**named, "insights": {"data": told}}

    @staticmethod
    def time(post: dict[str, Any]) -> str:
        """Return the time of a post."""
        return str(post.get("created_time") or post["timestamp"])


class Facebook(Graph):
    """A Page."""

    metrics = frozenset(
        (
            *("post_media_view", "post_total_media_view_unique", "post_clicks"),
            *("post_clicks_by_type", "post_reactions_by_type_total", "post_video_views"),
        )
    )

    def post(self, key: str, at: datetime) -> dict[str, Any]:
        """Return a post."""
        return {
            "id": f"{ACCOUNT}_{key}",
            "message": "Spring is here",
            "created_time": stamp(at),
            "updated_time": stamp(at),
            "from": {"name": "Garden", "id": ACCOUNT},
        }

    def comment(self, post: str, key: str, at: datetime, words: str) -> dict[str, Any]:
        """Return a comment."""
        ada = {"name": "Ada", "id": "7"}
        told = {"id": f"{post}_{key}", "message": words, "from": ada}
        return {**told, "created_time": stamp(at), "like_count": 0}


class Instagram(Graph):
    """A professional account."""

    metrics = frozenset(
        (
            *("reach", "views", "saved", "shares", "likes", "comments"),
            *("total_interactions", "follows", "profile_visits"),
        )
    )

    def post(self, key: str, at: datetime) -> dict[str, Any]:
        """Return a media."""
        return {
            "id": key,
            "media_type": "IMAGE",
            "permalink": f"https://www.instagram.com/p/{key}/",
            "timestamp": stamp(at),
            "username": "garden",
            "owner": {"id": ACCOUNT},
        }

    def comment(self, post: str, key: str, at: datetime, words: str) -> dict[str, Any]:
        """Return a comment."""
        ada = {"id": "7", "username": "ada"}
        told = {"id": f"17{key}", "text": words, "from": ada, "username": "ada"}
        return {**told, "timestamp": stamp(at), "like_count": 0}


def branch(service: Graph, at: datetime) -> None:
    """Publish a post with more comments than it brings."""
    service.comment_size = 3
    service.publish("890001", at)
    for number in range(7):
        service.add_comment("890001", f"89001{number}", at)
