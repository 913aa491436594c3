"""What the Graph APIs of Facebook and Instagram have in common.

Source: developers.facebook.com/docs/graph-api: paging, field expansion, rate limits, errors.
Shape:  pages of posts or media, each with its first comments; more of them are asked for of
        the post itself, so that every answer says what its comments stand at.
Units:  X-App-Usage is in percent; a business use case says minutes.
Errors: ShapeError for an answer without data.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from warehouse.pulling.api import (
    Beneath,
    Kind,
    Page,
    Reply,
    Request,
    ShapeError,
    Task,
    Verdict,
)

VERSION = "v23.0"
FULL_PERCENT = 95
FULL_PAUSE = 600.0  # seconds, until an hour's usage has gone down
_ZONE = re.compile(r"([+-]\d\d)(\d\d)$")  # which ISO 8601 writes with a colon


class Cursors(msgspec.Struct):
    after: str | None = None


class Paging(msgspec.Struct):
    cursors: Cursors | None = None
    next: str | None = None


class Summary(msgspec.Struct):
    total_count: Any = None


class Edge(msgspec.Struct):
    """A list that hangs on an object."""

    data: list[msgspec.Raw]
    paging: Paging | None = None
    summary: Summary | None = None

    @property
    def position(self) -> str | None:
        """The position of its next page."""
        paging = self.paging or Paging()
        return paging.cursors.after if paging.next and paging.cursors else None


class Object(msgspec.Struct):
    id: str
    created_time: str | None = None
    timestamp: str | None = None
    updated_time: str | None = None
    comments: Edge | None = None
    comments_count: Any = None

    @property
    def at(self) -> datetime | None:
        """When it was published."""
        told = self.created_time or self.timestamp
        return None if told is None else datetime.fromisoformat(_ZONE.sub(r"\1:\2", told))


class Error(msgspec.Struct):
    message: str = ""
    code: int = 0
    error_subcode: int | None = None


class Errors(msgspec.Struct):
    error: Error


_EDGE = msgspec.json.Decoder(Edge)
_OBJECT = msgspec.json.Decoder(Object)
_ERRORS = msgspec.json.Decoder(Errors)
_USAGE = msgspec.json.Decoder(dict[str, float])
_BUSINESS = msgspec.json.Decoder(dict[str, list[dict[str, Any]]])


def ask_list(task: Task, edge: str, fields: str) -> Request:
    """Ask for a page of what an account has published."""
    params = {"fields": fields, "limit": "25"}
    if task.position is not None:
        params["after"] = task.position
    return Request(f"/{VERSION}/{task.id}/{edge}", params)


def ask_comments(task: Task, fields: str, comments: str) -> Request:
    """Ask one post for more of its comments."""
    after = "" if task.position is None else f".after({task.position})"
    told = f"{fields},comments.limit(50){after}{{{comments}}}"
    return Request(f"/{VERSION}/{task.id}", {"fields": told})


def read(task: Task, reply: Reply) -> Page:
    """Read a page of posts, or a post with more of its comments."""
    if task.kind == "comments":
        edge = _OBJECT.decode(reply.content).comments
        return Page(1, None if edge is None else edge.position)
    page = _EDGE.decode(reply.content)
    objects = [_OBJECT.decode(raw) for raw in page.data]
    times = [one.at for one in objects if one.at is not None]
    if objects and not times:
        raise ShapeError("nothing in it has a time")
    return Page(
        len(objects),
        page.position,
        min(times, default=None),
        tuple(
            Beneath("comments", one.id, _version(one), one.at)
            for one in objects
            if one.comments is not None and one.comments.position is not None
        ),
    )


def _version(one: Object) -> str:
    """Return what changes when the comments of a post do."""
    summary = None if one.comments is None else one.comments.summary
    count = one.comments_count if summary is None else summary.total_count
    return f"{count} {one.updated_time or ''}"


_PERMISSION = "the token lacks a permission that docs/platforms.md names: get one that has it"
_WRONG = (
    "the id in sources.toml may be wrong, or the token may not see it; if it asks for numbers, "
    "a newer warehouse may ask for others"
)
_SUBCODES = {
    33: "it is gone, or the token may not see it: check its id in sources.toml",
    2108006: "such media are older than the business account, and nobody has their numbers",
}
_BLOCKED, _BLOCKED_PAUSE = 368, 3600.0
_MEANINGS: dict[int, tuple[Kind, str]] = {
    **dict.fromkeys(range(200, 300), ("no", _PERMISSION)),
    **dict.fromkeys(range(80000, 80015), ("limit", "the account's calls are used up for now")),
    1: ("again", ""),
    2: ("again", ""),
    3: ("no", "the app lacks the feature: add it to the app in Meta's dashboard"),
    4: ("limit", "the app's calls are used up for now"),
    10: ("no", _PERMISSION),
    17: ("limit", "the account's calls are used up for now"),
    32: ("limit", "the Page's calls are used up for now"),
    100: ("no", _WRONG),
    102: ("token", ""),
    190: ("token", ""),
    341: ("limit", "the app's calls are used up for now"),
    463: ("token", ""),
    467: ("token", ""),
    613: ("limit", "calls of this kind are used up for now"),
    803: ("no", "there is no such id: check it in sources.toml"),
    _BLOCKED: ("limit", "it has blocked the app or account for a time: see its notices"),
}


def judge(reply: Reply) -> Verdict | None:
    """Say what a code of the Graph API means."""
    if reply.status == 200:
        return None
    try:
        error = _ERRORS.decode(reply.content).error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if error.code not in _MEANINGS:
        return None
    kind, advice = _MEANINGS[error.code]
    if error.error_subcode in _SUBCODES:
        advice = _SUBCODES[error.error_subcode]
    seconds = None
    if kind == "limit":  # further calls would prolong it, so it is never tried again soon
        seconds = regained(reply)
        seconds = seconds or (_BLOCKED_PAUSE if error.code == _BLOCKED else FULL_PAUSE)
    return Verdict(kind, error.message, seconds, advice)


def regained(reply: Reply) -> float | None:
    """Return in how many seconds the account may ask again, as far as a header says."""
    try:
        told = _BUSINESS.decode(reply.headers["x-business-use-case-usage"])
        minutes = [
            float(one.get("estimated_time_to_regain_access") or 0)
            for uses in told.values()
            for one in uses
        ]
    except (KeyError, ValueError, TypeError, msgspec.MsgspecError):
        minutes = []
    if max(minutes, default=0.0) > 0:
        return max(minutes) * 60
    try:
        return float(reply.headers["retry-after"])
    except (KeyError, ValueError):
        return None


def pause(reply: Reply) -> float:
    """Return how long to wait before the next request: long where an hour's usage is full."""
    try:
        usage = _USAGE.decode(reply.headers["x-app-usage"])
    except (KeyError, msgspec.MsgspecError):
        return regained(reply) or 0.0
    return FULL_PAUSE if max(usage.values(), default=0.0) >= FULL_PERCENT else 0.0


def authorise(token: str) -> dict[str, str]:
    """Return the header with the token."""
    return {"Authorization": f"Bearer {token}"}
