"""What one post of X says; a part of `platforms.x`.

Source: posts of API v2, whole pages or flattened; those of v1.1 once they are spelled so.
Shape:  one post in -> what it does to another one, whom it names, itself and what it refers to
        as posts with their counters, accounts as profiles.
Units:  ISO times.
Errors: RecordError naming the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from loaders.parsing.builders import counters, mention, precision_of
from loaders.parsing.fields import (
    NativeId,
    composite,
    optional_identifier,
    optional_number_id,
    secondary,
)
from loaders.parsing.formats import Context
from loaders.parsing.times import instant
from loaders.platforms.x.archive_tweets import COUNTERS, METRICS
from loaders.platforms.x.ids import X, post_url
from loaders.platforms.x.shapes import (
    TWEET,
    Around,
    Reference,
    Tweet,
    first_id,
    profile,
    times_of,
)
from loaders.records import Interaction, Post, Record

KINDS = ("retweeted", "replied_to", "quoted")  # of several references the first decides


class Kept(msgspec.Struct, gc=False, omit_defaults=True):
    """The payload."""

    id: str
    created_at: str | None = None
    lang: str | None = None
    conversation_id: NativeId = None
    edit_history_tweet_ids: list[str | int] | None = None
    referenced_tweets: list[dict[str, str | int | None]] | None = None
    public_metrics: dict[str, Any] | None = None


def _text(tweet: Tweet) -> str | None:
    return (tweet.note_tweet and tweet.note_tweet.text) or tweet.text


def _post(tweet: Tweet, around: Around, context: Context) -> Iterator[Record]:
    """A post as what others interact with, its author and its counters."""
    post_id = first_id(tweet)
    author_id = optional_number_id(tweet.author_id, "author_id")
    posted_at, version_at = times_of(tweet, context.timezone)
    is_edited = len(tweet.edit_history_tweet_ids or ()) > 1
    if tweet.text is not None or author_id is not None:
        yield Post(
            platform=X,
            post_id=post_id,
            native_type="tweet",
            title=_text(tweet),
            url=post_url(post_id),
            posted_at=posted_at,
            author_id=author_id,
            observed_at=version_at if is_edited else around.observed_at,
        )
    metrics = tweet.public_metrics or {}
    counts = {name: metrics[name] for name in sorted(COUNTERS & metrics.keys())}
    yield from counters(X, post_id, counts, around.observed_at, "public_metrics.")
    if (author := around.user(tweet.author, author_id)) is not None:
        yield from profile(author, around)


def _payload(tweet: Tweet) -> bytes:
    metrics = tweet.public_metrics or {}
    references = tweet.referenced_tweets or ()
    kept = Kept(
        id=str(tweet.id),
        created_at=tweet.created_at,
        lang=tweet.lang,
        conversation_id=tweet.conversation_id,
        edit_history_tweet_ids=tweet.edit_history_tweet_ids,
        referenced_tweets=[{"type": one.type, "id": one.id} for one in references] or None,
        public_metrics={key: metrics[key] for key in sorted(METRICS & metrics.keys())} or None,
    )
    return msgspec.json.encode(kept)


def _rank(reference: Reference) -> int:
    return KINDS.index(reference.type) if reference.type in KINDS else len(KINDS)


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one post into its records."""
    return records_of(TWEET.decode(raw), context)


def records_of(tweet: Tweet, context: Context) -> Iterator[Record]:
    """Yield what a post says: what it does to another, whom it names, and itself."""
    around: Around = context.header or Around()
    if tweet.request is not None:
        at = secondary(instant, tweet.request.retrieved_at, "__twarc.retrieved_at")
        around = msgspec.structs.replace(around, observed_at=at)
    references = sorted(tweet.referenced_tweets or (), key=_rank)
    main = _does(tweet, references[0], around, context) if references else None
    if main is not None:
        yield main
    for other in references[1:]:
        done = _does(tweet, other, around, context)
        yield msgspec.structs.replace(
            done, native_id=composite(done.native_type, first_id(tweet)), payload=None
        )
    if main is None or main.native_type != "retweeted":
        yield from _mentions(tweet, main, around, context)
        yield from _post(tweet, around, context)
    elif (author := around.user(tweet.author, main.actor_id)) is not None:
        yield from profile(author, around)
    for reference in references:
        yield from _post(around.tweet(reference), around, context)


def _written(tweet: Tweet, around: Around, context: Context) -> Interaction:
    """What somebody did by writing a post, whatever it does to others."""
    post_id = first_id(tweet)
    actor_id = optional_number_id(tweet.author_id, "author_id")
    occurred_at, version_at = times_of(tweet, context.timezone)
    return Interaction(
        platform=X,
        native_id=composite("tweet", post_id),
        native_type="tweet",
        actor_id=actor_id,
        actor_kind=around.actor_kind(actor_id),
        post_id=post_id,
        thread_id=optional_identifier(tweet.conversation_id, "conversation_id"),
        occurred_at=occurred_at,
        time_precision=precision_of(occurred_at),
        version_at=version_at,
    )


def _does(tweet: Tweet, reference: Reference, around: Around, context: Context) -> Interaction:
    """What a post does to another one."""
    told = _written(tweet, around, context)
    native_type = reference.type or "referenced"
    target_id = first_id(around.tweet(reference))
    is_repost = native_type == "retweeted"
    is_nested = native_type == "replied_to" and str(reference.id) != told.thread_id
    native_id = told.native_id
    if is_repost and told.actor_id is not None:
        native_id = composite(native_type, target_id, told.actor_id)
    return msgspec.structs.replace(
        told,
        native_id=native_id,
        native_type=native_type,
        post_id=target_id,
        parent_id=composite("tweet", target_id) if is_nested else None,
        text=None if is_repost else _text(tweet),
        payload=_payload(tweet),
    )


def _mentions(
    tweet: Tweet, main: Interaction | None, around: Around, context: Context
) -> Iterator[Record]:
    """Whom a post names, other than whom it answers."""
    answered = {str(tweet.in_reply_to_user_id)}
    for reference in tweet.referenced_tweets or ():
        if reference.type == "replied_to":
            answered.add(str(around.tweet(reference).author_id))
    told = main or _written(tweet, around, context)
    seen: set[str] = set()
    for named in (tweet.entities and tweet.entities.mentions) or ():
        handle = f"@{named.username}".lower()
        user = around.user(named, handle)
        known = named if named.id is not None or user is None else user
        mentioned = secondary(optional_identifier, known.id, "mentions.id") or handle
        if mentioned in answered or mentioned in seen:
            continue
        seen.add(mentioned)
        key = composite("mention", first_id(tweet), mentioned)
        parent_id = main.native_id if main else None
        yield mention(told, key, parent_id, {"mentioned_id": mentioned})
        if user is not None:
            yield from profile(user, around)
