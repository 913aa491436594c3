"""YouTube's Data API v3: comment threads and uploads of a channel, the newest first.

Source: developers.google.com/youtube/v3 (commentThreads, comments, playlistItems, videos);
        items as in tests/fixtures/youtube/valid/threads.json.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fake_services.service import TOKEN, Answer, Asked, Service, iso

CHANNEL = "UCgarden000000000000000"


class YouTube(Service):
    """A channel with one video."""

    page_size: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.threads: dict[str, dict[str, Any]] = {}
        self.replies: dict[str, list[dict[str, Any]]] = {}  # by thread
        self.videos: dict[str, dict[str, Any]] = {}

    def publish(self, key: str, at: datetime, words: str = "Nice & calm") -> None:
        """Write a comment, or edit it."""
        before = self.threads.get(key)
        self.threads[key] = self._comment(key, at, words)
        if before:
            self.threads[key]["snippet"]["publishedAt"] = before["snippet"]["publishedAt"]

    def reply(self, thread: str, key: str, at: datetime) -> None:
        """Write a reply to a comment."""
        told = self._comment(f"{thread}.{key}", at, "Agreed")
        told["snippet"]["parentId"] = thread
        self.replies.setdefault(thread, []).append(told)

    def upload(self, key: str, at: datetime, views: int = 1) -> None:
        """Publish a video, or change how often it was viewed."""
        self.videos[key] = {
            "kind": "youtube#video",
            "id": key,
            "snippet": {
                "publishedAt": iso(at),
                "channelId": CHANNEL,
                "channelTitle": "Garden",
                "title": "Spring",
            },
            "statistics": {"viewCount": str(views), "likeCount": "3", "commentCount": "2"},
        }

    def hide(self, key: str) -> None:
        """Leave a comment out of later pages."""
        del self.threads[key]

    @staticmethod
    def _comment(key: str, at: datetime, words: str) -> dict[str, Any]:
        return {
            "kind": "youtube#comment",
            "id": key,
            "snippet": {
                "channelId": CHANNEL,
                "videoId": "vid1",
                "textDisplay": words,
                "textOriginal": words,
                "authorDisplayName": "@wren",
                "authorChannelUrl": "http://www.youtube.com/@wren",
                "authorChannelId": {"value": "UCwren"},
                "likeCount": 3,
                "publishedAt": iso(at),
                "updatedAt": iso(at),
            },
        }

    def answer(self, asked: Asked) -> Answer:
        """Answer a GET of a list."""
        if asked.headers.get("x-goog-api-key") != self.token:
            message = "API key not valid. Please pass a valid API key."
            error = {"code": 400, "message": message, "errors": [{"reason": "badRequest"}]}
            return Answer(400, {"error": error})
        method = asked.path.rpartition("/")[2]
        match method:
            case "commentThreads":
                items = self._threads(asked.params["allThreadsRelatedToChannelId"])
            case "comments":
                items = self.replies.get(asked.params["parentId"], [])
            case "playlistItems":
                items = self._uploads(asked.params["playlistId"])
            case _:
                items = [self.videos[key] for key in asked.params["id"].split(",")]
        size = min(self.page_size or 100, int(asked.params.get("maxResults", 5)))
        start = int(asked.params.get("pageToken", "page0").removeprefix("page"))
        told: dict[str, Any] = {"kind": f"youtube#{method[:-1]}ListResponse"}
        told["items"] = items[start : start + size]
        if start + size < len(items):
            told["nextPageToken"] = f"page{start + size}"
        return Answer(200, told)

    def _threads(self, channel: str) -> list[dict[str, Any]]:
        threads = sorted(
            self.threads.values() if channel == CHANNEL else (),
            key=lambda one: str(one["snippet"]["publishedAt"]),
            reverse=True,
        )
        return [
            {
                "kind": "youtube#commentThread",
                "id": top["id"],
                "snippet": {
                    "channelId": CHANNEL,
                    "videoId": "vid1",
                    "topLevelComment": top,
                    "totalReplyCount": len(self.replies.get(top["id"], ())),
                },
                "replies": {"comments": self.replies.get(top["id"], [])[:5]},
            }
            for top in threads
        ]

    def _uploads(self, playlist: str) -> list[dict[str, Any]]:
        videos = self.videos.values() if playlist == f"UU{CHANNEL[2:]}" else ()
        return [
            {
                "kind": "youtube#playlistItem",
                "id": f"item-{video['id']}",
                "contentDetails": {
                    "videoId": video["id"],
                    "videoPublishedAt": video["snippet"]["publishedAt"],
                },
            }
            for video in sorted(
                videos, key=lambda one: str(one["snippet"]["publishedAt"]), reverse=True
            )
        ]


def branch(service: YouTube, at: datetime) -> None:
    """Write a comment with more replies than it brings."""
    service.publish("890001", at)
    for number in range(9):
        service.reply("890001", f"r{number}", at)
