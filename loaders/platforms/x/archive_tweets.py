"""Posts in the data archive of one X account; a part of `platforms.x`.

Source: tweets.js (tweet.js, community-tweet.js) and deleted-tweets.js.
Shape:  one post in -> what it does to another one, whom it names, and itself with its counters.
Units:  times in words (`Fri Dec 04 17:17:00 +0000 2020`); numbers are text.
Errors: RecordError naming the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from loaders.parsing.builders import counters, mention, precision_of, profile
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    NativeId,
    composite,
    number_id,
    optional_identifier,
    secondary,
)
from loaders.parsing.formats import Context
from loaders.parsing.times import in_words, instant
from loaders.platforms.x.ids import X, post_url, profile_url, versions
from loaders.records import Interaction, Post, Record

METRICS = {
    *("reply_count", "retweet_count", "quote_count", "like_count", "bookmark_count"),
    *("impression_count", "favorite_count"),
}
COUNTERS = METRICS - {"quote_count"}  # a quote is a share too, and a post has one count of them


class Mention(msgspec.Struct, gc=False):
    id_str: NativeId = None
    id: NativeId = None
    screen_name: str | None = None
    name: str | None = None


class Entities(msgspec.Struct, gc=False):
    user_mentions: list[Mention] | None = None


class Edits(msgspec.Struct, gc=False, rename="camel"):
    edit_tweet_ids: list[str] | None = None
    initial_tweet_id: NativeId = None


class EditInfo(msgspec.Struct, gc=False):
    initial: Edits | None = None
    edit: Edits | None = None


class Tweet(msgspec.Struct, gc=False, omit_defaults=True):
    id_str: NativeId = None
    id: NativeId = None
    created_at: str | None = None
    full_text: str | None = None
    text: str | None = None
    in_reply_to_status_id_str: NativeId = None
    in_reply_to_status_id: NativeId = None
    in_reply_to_user_id_str: NativeId = None
    in_reply_to_user_id: NativeId = None
    entities: Entities | None = None
    edit_info: EditInfo | None = None
    favorite_count: Any = None
    retweet_count: Any = None
    deleted_at: str | None = None
    lang: str | None = None


class Kept(msgspec.Struct, gc=False, omit_defaults=True):
    """The payload of a post."""

    id: str
    created_at: str | None = None
    lang: str | None = None
    in_reply_to_status_id: NativeId = None
    favorite_count: Any = None
    retweet_count: Any = None


_TWEET = Decoder(Tweet)


def _first_id(tweet: Tweet) -> str:
    info = tweet.edit_info or EditInfo()
    if info.edit is not None and info.edit.initial_tweet_id is not None:
        return number_id(info.edit.initial_tweet_id, "initialTweetId")
    if info.initial is not None and info.initial.edit_tweet_ids:
        return number_id(info.initial.edit_tweet_ids[0], "editTweetIds")
    return number_id(tweet.id_str or tweet.id, "id_str")


def _number(value: Any) -> Any:
    """A number, which archives write as text."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def tweet_records(raw: bytes, context: Context) -> Iterator[Record]:
    """Yield what a post does and names, and itself."""
    tweet = _TWEET.decode(raw)
    post_id = _first_id(tweet)
    text = tweet.full_text or tweet.text or ""
    told_at = in_words(tweet.created_at, "created_at")
    at, written_at = versions(told_at, post_id, str(tweet.id_str or tweet.id))
    answered = tweet.in_reply_to_status_id_str or tweet.in_reply_to_status_id
    answered_id = secondary(optional_identifier, answered, "in_reply_to_status_id")
    is_repost = text.startswith("RT @")
    does = "retweeted" if is_repost else "replied_to" if answered_id else None
    payload = msgspec.json.encode(
        Kept(
            id=post_id,
            created_at=tweet.created_at,
            lang=tweet.lang,
            in_reply_to_status_id=answered_id,
            favorite_count=tweet.favorite_count,
            retweet_count=tweet.retweet_count,
        )
    )
    told = Interaction(
        platform=X,
        native_id=composite("tweet", post_id),
        native_type=does or "tweet",
        actor_id=context.account,
        actor_kind="exporter",
        post_id=None if is_repost else answered_id or post_id,
        text=None if is_repost else text,
        occurred_at=at,
        time_precision=precision_of(at),
        version_at=_deleted(tweet) or written_at,
        is_retracted=tweet.deleted_at is not None,
        payload=payload,
    )
    if does is not None:
        yield told
    if not is_repost:
        yield from _mentions(tweet, told, post_id)
        yield from _post(tweet, told, post_id)


def _deleted(tweet: Tweet) -> datetime | None:
    told = tweet.deleted_at
    if told is not None and not told[:1].isdigit():
        return in_words(told, "deleted_at")
    return instant(told, "deleted_at")


def _post(tweet: Tweet, told: Interaction, post_id: str) -> Iterator[Record]:
    is_changed = told.is_retracted or told.version_at != told.occurred_at
    yield Post(
        platform=X,
        post_id=post_id,
        native_type="tweet",
        title=tweet.full_text or tweet.text,
        url=post_url(post_id),
        posted_at=told.occurred_at,
        author_id=told.actor_id,
        owner_id=told.actor_id,
        is_removed=told.is_retracted or None,
        observed_at=told.version_at if is_changed else None,
    )
    counts = {"favorite_count": tweet.favorite_count, "retweet_count": tweet.retweet_count}
    yield from counters(X, post_id, {name: _number(value) for name, value in counts.items()})


def _mentions(tweet: Tweet, told: Interaction, post_id: str) -> Iterator[Record]:
    answering = told.native_id if told.native_type == "replied_to" else None
    answered = str(tweet.in_reply_to_user_id_str or tweet.in_reply_to_user_id)
    seen = {answered}
    for named in (tweet.entities and tweet.entities.user_mentions) or ():
        mentioned = secondary(optional_identifier, named.id_str or named.id, "user_mentions.id")
        mentioned = mentioned or f"@{named.screen_name}".lower()
        if mentioned in seen:
            continue
        seen.add(mentioned)
        key = composite("mention", post_id, mentioned)
        yield mention(told, key, answering, {"mentioned_id": mentioned})
        if named.screen_name and not mentioned.startswith("@"):
            yield from profile(
                X,
                mentioned,
                username=named.screen_name,
                display_name=named.name,
                profile_url=profile_url(named.screen_name),
            )
