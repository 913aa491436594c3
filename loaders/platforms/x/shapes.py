"""What X writes about posts, accounts and pages; a part of `platforms.x`.

Source: API v2: pages with `includes` and `errors`, flattened posts, what twarc adds.
Shape:  the structs that the parsers share, the surroundings of a page's data, ids and times.
Units:  ISO times; an id tells to the millisecond when it was made.
Errors: RecordError naming the key; what is broken in `includes` is as good as missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, count, number_id, optional_number_id, secondary
from loaders.parsing.times import instant
from loaders.platforms.x.ids import X, profile_url, versions
from loaders.reading.json_values import items, members
from loaders.records import ActorKind, Profile


class User(msgspec.Struct, gc=False):
    id: NativeId = None
    username: str | None = None
    name: str | None = None
    verified: bool | None = None
    verified_type: str | None = None
    public_metrics: dict[str, Any] | None = None


class Entities(msgspec.Struct, gc=False):
    mentions: list[User] | None = None


class Note(msgspec.Struct, gc=False):
    text: str | None = None


class Request(msgspec.Struct, gc=False):
    """What twarc adds about its request."""

    url: str | None = None
    retrieved_at: str | None = None


class Tweet(msgspec.Struct, gc=False):
    id: str | int
    text: str | None = None
    note_tweet: Note | None = None
    author_id: NativeId = None
    author: User | None = None
    created_at: str | None = None
    conversation_id: NativeId = None
    in_reply_to_user_id: NativeId = None
    edit_history_tweet_ids: list[str | int] | None = None
    referenced_tweets: list[Reference] | None = None
    entities: Entities | None = None
    public_metrics: dict[str, Any] | None = None
    lang: str | None = None
    request: Request | None = msgspec.field(default=None, name="__twarc")


class Reference(Tweet, gc=False):
    """Another post: its id and type, in flattened files also the rest."""

    type: str | None = None


class Around(msgspec.Struct, frozen=True):
    """What a page says beside its data; of a flattened line only when it was asked for."""

    users: dict[str, User] = {}
    tweets: dict[str, Tweet] = {}
    gone: frozenset[str] = frozenset()  # accounts that are said to be suspended or deleted
    url: str | None = None
    observed_at: datetime | None = None

    def actor_kind(self, user_id: str | None) -> ActorKind | None:
        """`deleted` where the page says so."""
        return "deleted" if user_id in self.gone else None

    def user(self, user: User | None, user_id: str | None) -> User | None:
        """The account of that id, unless the post itself tells more."""
        found = self.users.get(user_id) if user_id else None
        return user if user and (user.name or found is None) else found

    def tweet(self, reference: Tweet) -> Tweet:
        """The post that is referred to, as far as it is known."""
        return self.tweets.get(str(reference.id), reference)


class Problem(msgspec.Struct, gc=False):
    """What could not be included."""

    resource_type: str | None = None
    resource_id: NativeId = None
    title: str | None = None
    detail: str | None = None


TWEET = Decoder(Tweet)
USER = Decoder(User)
REQUEST = Decoder(Request)
_PROBLEM = Decoder(Problem)


def page(raw: bytes) -> Around:
    """Read the included users and posts; what is broken among them is as good as missing."""
    told = members(raw)
    request = REQUEST.decode(told.get("__twarc", b"{}"))
    includes = told.get("includes", b"")
    included = members(includes) if includes.startswith(b"{") else {}
    users: dict[str, User] = {}
    for user in _readable(included.get("users", b""), USER):
        users[str(user.id)] = user
        users[f"@{user.username}".lower()] = user
    tweets = {str(one.id): one for one in _readable(included.get("tweets", b""), TWEET)}
    at = secondary(instant, request.retrieved_at, "__twarc.retrieved_at")
    problems = _readable(told.get("errors", b""), _PROBLEM)
    gone = frozenset(str(one.resource_id) for one in problems if _is_gone(one))
    return Around(users, tweets, gone, request.url, at)


def _readable(raw: bytes, decoder: Decoder[Any]) -> Iterator[Any]:
    for item in items(raw):
        try:
            yield decoder.decode(item)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue


def _is_gone(problem: Problem) -> bool:
    words = f"{problem.title} {problem.detail}".lower()
    return problem.resource_type == "user" and ("suspended" in words or "not found" in words)


def first_id(tweet: Tweet) -> str:
    """Return the id that a post had before it was edited."""
    history = tweet.edit_history_tweet_ids
    return number_id(history[0] if history else tweet.id, "edit_history_tweet_ids")


def times_of(tweet: Tweet, zone: tzinfo | None) -> tuple[datetime | None, datetime | None]:
    """Return the same of a post of the API."""
    told_at = instant(tweet.created_at, "created_at", zone)
    return versions(told_at, first_id(tweet), str(tweet.id))


def profile(user: User, around: Around) -> Iterator[Profile]:
    """Describe an account, if there is anything to say."""
    actor_id = optional_number_id(user.id, "user.id")
    if actor_id is None or not (user.username or user.name):
        return
    is_verified = user.verified
    if not is_verified and user.verified_type is not None:
        is_verified = user.verified_type != "none"
    yield Profile(
        platform=X,
        actor_id=actor_id,
        username=user.username,
        display_name=user.name,
        profile_url=profile_url(user.username),
        follower_count=secondary(
            count, (user.public_metrics or {}).get("followers_count"), "followers"
        ),
        is_verified=is_verified,
        observed_at=around.observed_at,
    )
