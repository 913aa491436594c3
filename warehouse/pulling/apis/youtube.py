"""YouTube's Data API v3.

Source: developers.google.com/youtube/v3: commentThreads.list, comments.list,
        playlistItems.list, videos.list, errors, quota.
Shape:  `comments:CHANNEL` the threads of all videos of a channel with their replies, the newest
        thread first; `videos:CHANNEL` its videos with their statistics, at most once an hour.
Units:  each request costs one unit of the project's quota, which begins again at midnight in
        California.
Errors: ShapeError for an answer without items.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from warehouse.pulling.api import (
    Api,
    Beneath,
    Kind,
    Page,
    Reply,
    Request,
    ShapeError,
    Task,
    Verdict,
)

ZONE = "America/Los_Angeles"


class Comment(msgspec.Struct, rename="camel"):
    published_at: datetime | None = None


class TopLevel(msgspec.Struct):
    snippet: Comment | None = None


class ContentDetails(msgspec.Struct, rename="camel"):
    video_id: str | None = None
    video_published_at: datetime | None = None


class Snippet(msgspec.Struct, rename="camel"):
    total_reply_count: int = 0
    top_level_comment: TopLevel | None = None


class Replies(msgspec.Struct):
    comments: list[msgspec.Raw] = []


class Item(msgspec.Struct, rename="camel"):
    id: Any = None
    snippet: Snippet | None = None
    replies: Replies | None = None
    content_details: ContentDetails | None = None


class Answer(msgspec.Struct, rename="camel"):
    items: list[Item]
    next_page_token: str | None = None


class Reason(msgspec.Struct):
    reason: Any = None


class Error(msgspec.Struct):
    message: str = ""
    errors: list[Reason] = []
    details: list[Reason] = []  # which say more


class Errors(msgspec.Struct):
    error: Error


_ANSWER = msgspec.json.Decoder(Answer)
_ERRORS = msgspec.json.Decoder(Errors)


def _ask(task: Task) -> Request:
    token = {} if task.position is None else {"pageToken": task.position}
    match task.kind:
        case "comments":
            return Request(
                "/youtube/v3/commentThreads",
                {
                    "part": "snippet,replies",
                    "allThreadsRelatedToChannelId": task.id,
                    "order": "time",
                    "maxResults": "100",
                    **token,
                },
            )
        case "replies":
            told = {"part": "snippet", "parentId": task.id, "maxResults": "100", **token}
            return Request("/youtube/v3/comments", told)
        case "videos":
            uploads = "UU" + task.id.removeprefix("UC")  # the playlist of a channel's uploads
            told = {
                "part": "contentDetails",
                "playlistId": uploads,
                "maxResults": "50",
                **token,
            }
            return Request("/youtube/v3/playlistItems", told)
        case _:
            told = {"part": "snippet,statistics", "id": task.id, "maxResults": "50"}
            return Request("/youtube/v3/videos", told)


def _read(task: Task, reply: Reply) -> Page:
    answer = _ANSWER.decode(reply.content)
    items = answer.items
    if task.kind == "videos":
        return _uploads(answer, reply.at)
    if task.kind != "comments":
        return Page(len(items), answer.next_page_token)
    times, beneath = [], []
    for item in items:
        if item.snippet is None or item.snippet.top_level_comment is None:
            raise ShapeError("a thread has no comment")
        told = item.snippet.top_level_comment.snippet
        at = None if told is None else told.published_at
        if at is not None:
            times.append(at)
        count = item.snippet.total_reply_count
        if count > len(item.replies.comments if item.replies else ()):
            beneath.append(Beneath("replies", str(item.id), str(count), at))
    return Page(len(items), answer.next_page_token, min(times, default=None), tuple(beneath))


def _uploads(answer: Answer, now: datetime) -> Page:
    """Return a page of a channel's videos; what is known of them is asked for beneath it."""
    details = [item.content_details or ContentDetails() for item in answer.items]
    ids = [told.video_id for told in details if told.video_id]
    times = [told.video_published_at for told in details if told.video_published_at]
    if len(ids) < len(details):
        raise ShapeError("an upload has no video")
    statistics = [Beneath("statistics", ",".join(ids), f"{now:%Y-%m-%dT%H}")] if ids else []
    return Page(0, answer.next_page_token, min(times, default=None), tuple(statistics))


_QUOTA = {"quotaExceeded", "dailyLimitExceeded"}
_GONE = "it was deleted, is private, or its id in sources.toml is wrong: check it"
_CLOSED = "the channel is closed or suspended: take it out of sources.toml"
_DISABLED = "enable the YouTube Data API v3 in the Google Cloud project of the token"
_BLOCKED = "allow the YouTube Data API v3 and this machine in the restrictions of the API key"
_HIDDEN = "the token may not see it: use one of the channel's owner"
_SCOPE = "the token lacks the scope youtube.readonly: get one that has it"
_UNKNOWN = "YouTube no longer knows such a request: a newer warehouse may ask another one"
_MEANINGS: dict[str, tuple[Kind, str]] = {
    **dict.fromkeys(_QUOTA, ("limit", "the project's quota of the day is used up")),
    "rateLimitExceeded": ("limit", "the project asks too often"),
    "userRateLimitExceeded": ("limit", "the project asks too often"),
    "keyInvalid": ("token", ""),
    "keyExpired": ("token", ""),
    "authError": ("token", ""),
    "authorizationRequired": ("token", ""),
    "youtubeSignupRequired": ("token", "its account has no channel: use one of the owner's"),
    "accessNotConfigured": ("stop", _DISABLED),
    "SERVICE_DISABLED": ("stop", _DISABLED),
    "ipRefererBlocked": ("stop", _BLOCKED),
    "API_KEY_SERVICE_BLOCKED": ("stop", _BLOCKED),
    "API_KEY_IP_ADDRESS_BLOCKED": ("stop", _BLOCKED),
    "API_KEY_HTTP_REFERRER_BLOCKED": ("stop", _BLOCKED),
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": ("no", _SCOPE),
    "insufficientPermissions": ("no", _SCOPE),
    "insufficientCapabilities": ("no", _SCOPE),
    "commentsDisabled": ("no", "comments are turned off there, so there are none to pull"),
    "channelNotFound": ("no", _GONE),
    "playlistNotFound": ("no", _GONE),
    "videoNotFound": ("no", _GONE),
    "commentNotFound": ("no", "the comment was deleted; there is nothing to do"),
    "commentThreadNotFound": ("no", "the comment was deleted; there is nothing to do"),
    "channelClosed": ("no", _CLOSED),
    "channelSuspended": ("no", _CLOSED),
    "authenticatedUserAccountClosed": ("token", "its account is closed: use another one's"),
    "authenticatedUserAccountSuspended": (
        *("token", "its account is suspended: use another one's"),
    ),
    "playlistItemsNotAccessible": ("no", _HIDDEN),
    "forbidden": ("no", _HIDDEN),
    "invalidPageToken": ("no", "it has forgotten the page at which the pull was"),
    "processingFailure": ("again", ""),
    "operationNotSupported": ("no", _UNKNOWN),
    "playlistOperationUnsupported": ("no", _UNKNOWN),
    "incompatibleParameters": ("no", _UNKNOWN),
    "invalidFilters": ("no", _UNKNOWN),
    "missingRequiredParameter": ("no", _UNKNOWN),
    "unexpectedParameter": ("no", _UNKNOWN),
}


def _judge(reply: Reply) -> Verdict | None:
    if reply.status == 200:
        return None
    try:
        error = _ERRORS.decode(reply.content).error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if "API key" in error.message:
        return Verdict("token", error.message)
    told = [str(one.reason) for one in (*error.details, *error.errors)]
    reason = next((one for one in told if one in _MEANINGS), "")
    if not reason:
        return None
    kind, advice = _MEANINGS[reason]
    seconds = None
    if reason in _QUOTA:
        here = reply.at.astimezone(ZoneInfo(ZONE))
        midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        seconds = (midnight - here).total_seconds()
    return Verdict(kind, error.message, seconds, advice)


def _authorise(token: str) -> dict[str, str]:
    if token.startswith("ya29."):  # of OAuth
        return {"Authorization": f"Bearer {token}"}
    return {"X-Goog-Api-Key": token}


API = Api(
    platform="youtube",
    title="YouTube",
    url="https://www.googleapis.com",
    follows={
        "comments": "comments and replies on all videos of a channel (`comments:UC…`)",
        "videos": "the channel's videos with views, likes and comment counts (`videos:UC…`)",
    },
    authorise=_authorise,
    ask=_ask,
    read=_read,
    judge=_judge,
    daily_units=10_000,
    day_zone=ZONE,
)
