"""X's API v2.

Source: docs.x.com/x-api: users/:id/tweets, users/:id/mentions, tweets/search/recent,
        tweets/:id/liking_users, rate limits.
Shape:  `posts:USER` an account's own posts and the replies of the last seven days to them,
        `mentions:USER` posts that name it, `likers:USER` its posts and who likes them; USER
        is the account's number. The newest comes first.
Units:  limits are for each endpoint and 15 minutes; X-Rate-Limit-Reset is in epoch seconds.
Errors: ShapeError for an answer that is no page.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

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

_FIELDS = {
    "tweet.fields": "id,text,author_id,created_at,conversation_id,in_reply_to_user_id,"
    "referenced_tweets,entities,public_metrics,lang,edit_history_tweet_ids",
    "user.fields": "id,name,username,verified,public_metrics",
    "expansions": "author_id,in_reply_to_user_id,entities.mentions.username,"
    "referenced_tweets.id,referenced_tweets.id.author_id",
}
_PATHS = {
    "posts": "/2/users/{}/tweets",
    "likers": "/2/users/{}/tweets",
    "mentions": "/2/users/{}/mentions",
    "liking_users": "/2/tweets/{}/liking_users",
    "replies": "/2/tweets/search/recent",
}


class Metrics(msgspec.Struct):
    reply_count: int = 0
    like_count: int = 0


class Item(msgspec.Struct):
    id: str
    created_at: datetime | None = None
    conversation_id: str | None = None
    public_metrics: Metrics | None = None


class Meta(msgspec.Struct):
    result_count: int
    next_token: str | None = None


class Answer(msgspec.Struct):
    meta: Meta
    data: list[Any] = []


class Problem(msgspec.Struct):
    type: str = ""
    title: str = ""
    detail: str = ""
    errors: list[Problem] = []
    data: Any = None
    meta: Any = None


_ANSWER = msgspec.json.Decoder(Answer)
_PROBLEM = msgspec.json.Decoder(Problem)


def _ask(task: Task) -> Request:
    params = {"max_results": "100"}
    if task.kind == "liking_users":
        params["user.fields"] = _FIELDS["user.fields"]
    else:
        params |= _FIELDS
    if task.kind == "replies":
        params["query"] = f"conversation_id:{task.id}"
    if task.since is not None:
        params["start_time"] = f"{task.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if task.position is not None:
        key = "next_token" if task.kind == "replies" else "pagination_token"
        params[key] = task.position
    name = f"liking_users_{task.id}" if task.kind == "liking_users" else ""
    return Request(_PATHS[task.kind].format(task.id), params, name=name)


def _read(task: Task, reply: Reply) -> Page:
    answer = _ANSWER.decode(reply.content)
    meta = answer.meta
    if meta.result_count and not answer.data:
        raise ShapeError("it counts posts and has none")
    if task.kind in ("replies", "liking_users"):
        return Page(len(answer.data), meta.next_token)
    posts = msgspec.convert(answer.data, list[Item])
    times = [post.created_at for post in posts if post.created_at is not None]
    return Page(
        len(posts), meta.next_token, min(times, default=None), tuple(_beneath(task.kind, posts))
    )


def _beneath(kind: str, posts: list[Item]) -> list[Beneath]:
    """Return what hangs on posts: replies to those that began a conversation, or likers."""
    found = []
    for post in posts:
        metrics = post.public_metrics or Metrics()
        if kind == "posts" and metrics.reply_count and post.conversation_id == post.id:
            found.append(Beneath("replies", post.id, str(metrics.reply_count), post.created_at))
        if kind == "likers" and metrics.like_count:
            found.append(
                Beneath("liking_users", post.id, str(metrics.like_count), post.created_at)
            )
    return found


_DAY = 86_400.0
_PLAN = "the app's project or plan does not include it: see X's developer portal"
_MEANINGS: dict[str, tuple[Kind, str]] = {  # by the last part of a problem's type
    "usage-capped": ("limit", "the posts of the plan are used up"),
    "credits": ("stop", "the account has no credits left: buy some in X's developer portal"),
    "client-forbidden": ("no", _PLAN),
    "unsupported-authentication": (
        *("no", "it needs the account's own user token, which docs/platforms.md describes"),
    ),
    "oauth1-permissions": ("no", "the token lacks a permission that docs/platforms.md names"),
    "not-authorized-for-resource": ("no", "the account is protected, so the token sees none"),
    "resource-not-found": ("no", "it is gone: check its number in sources.toml"),
    "disallowed-resource": ("no", "X withholds it; there is nothing to do"),
    "invalid-request": ("no", "check its number in sources.toml"),
}


def _judge(reply: Reply) -> Verdict | None:
    """Say what a problem means; one that concerns a whole list comes with the status 200."""
    if reply.status == 200 and b'"errors"' not in reply.content:
        return None
    try:
        told = _PROBLEM.decode(reply.content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if reply.status == 200 and (told.data or told.meta or not told.errors):
        return None
    problem = told if told.type or not told.errors else told.errors[0]
    kind, advice = _MEANINGS.get(problem.type.rpartition("/")[2], ("no", ""))
    if not advice and reply.status != 200:
        return None
    says = problem.detail or problem.title
    return Verdict(kind, says, _DAY if kind == "limit" else None, advice)


API = Api(
    platform="x",
    title="X",
    url="https://api.x.com",
    follows={
        "posts": "an account's posts and recent replies to them (`posts:USER_ID`)",
        "mentions": "posts that mention the account (`mentions:USER_ID`)",
        "likers": "the account's posts and who likes them (`likers:USER_ID`)",
    },
    authorise=lambda token: {"Authorization": f"Bearer {token}"},
    ask=_ask,
    read=_read,
    judge=_judge,
)
