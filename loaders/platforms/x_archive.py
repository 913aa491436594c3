"""The data archive of one X account -> raw records; a part of `loaders.platforms.x`.

Source: tweets.js, deleted-tweets.js, like.js, follower.js, following.js, direct-messages.js
        and direct-messages-group.js: a list that is assigned to a JavaScript variable.
Shape:  the exporter is the actor of posts and likes, and the account that is followed. A
        message, its reactions and what else happens in a conversation are records of their
        own. A repost does not name the post that it repeats.
Units:  times in words (`Fri Dec 04 17:17:00 +0000 2020`), messages ISO; likes and follows
        have none. Numbers are text.
Errors: RecordError naming the key; the rest of the file still lands.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from loaders.fields import NativeId, composite, count, identifier, optional_identifier
from loaders.formats import Context, Format, JsonArray, Part
from loaders.json_stream import items, members
from loaders.records import Counter, Interaction, Post, Profile, Reason, Record, RecordError
from loaders.times import in_words, instant

PLATFORM_NAME = "x"
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


class Like(msgspec.Struct, gc=False, rename="camel"):
    tweet_id: str | int
    full_text: str | None = None
    expanded_url: str | None = None


class Follow(msgspec.Struct, gc=False, rename="camel"):
    account_id: str | int
    user_link: str | None = None


class MessageReaction(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    sender_id: NativeId = None
    reaction_key: str | None = None
    event_id: NativeId = None
    created_at: str | None = None


class Message(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    """A message, or something else that happened in a conversation."""

    id: NativeId = None
    sender_id: NativeId = None
    initiating_user_id: NativeId = None
    recipient_id: NativeId = None
    text: str | None = None
    created_at: str | None = None
    reactions: list[MessageReaction] | None = None


class Place(msgspec.Struct, frozen=True):
    """Where a message stands: its conversation, and the kind of event."""

    conversation_id: str
    kind: str


_TWEET = msgspec.json.Decoder(Tweet)
_LIKE = msgspec.json.Decoder(Like)
_FOLLOW = msgspec.json.Decoder(Follow)
_MESSAGE = msgspec.json.Decoder(Message)
_TEXT = msgspec.json.Decoder(str)


def _expand(raw: bytes, _: Context) -> Iterator[Part]:
    """The messages of a conversation; anything else is one record."""
    told = members(raw)
    if "dmConversation" not in told:
        yield Part(raw)
        return
    conversation = members(told["dmConversation"])
    name = _TEXT.decode(conversation.get("conversationId", b'""'))
    conversation_id = identifier(name, "conversationId")
    for message in items(conversation.get("messages", b"")):
        events = [(k, v) for k, v in members(message).items() if b'"createdAt"' in v]
        for kind, event in events or [("", message)]:
            yield Part(event, Place(conversation_id, kind))


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one element of an archive's list into its records."""
    if isinstance(context.parent, Place):
        return _message(raw, context.parent, context)
    told = members(raw)
    for name, read in _KINDS.items():
        if name in told:
            return read(told[name], context)
    if "id_str" in told:
        return _tweet(raw, context)
    known = ", ".join(_KINDS)
    raise RecordError(Reason.UNSUPPORTED_RECORD, f"is none of {known}, dmConversation")


def _exporter(context: Context) -> str:
    return context.account or "exporter"


def _first_id(tweet: Tweet) -> str:
    info = tweet.edit_info or EditInfo()
    if info.edit is not None and info.edit.initial_tweet_id is not None:
        return identifier(info.edit.initial_tweet_id, "initialTweetId")
    if info.initial is not None and info.initial.edit_tweet_ids:
        return identifier(info.initial.edit_tweet_ids[0], "editTweetIds")
    return identifier(tweet.id_str or tweet.id, "id_str")


def _number(value: Any, key: str) -> int | None:
    return count(int(value) if isinstance(value, str) and value.isdecimal() else value, key)


def _tweet(raw: bytes, context: Context) -> Iterator[Record]:
    tweet = _TWEET.decode(raw)
    post_id = _first_id(tweet)
    text = tweet.full_text or tweet.text or ""
    at = in_words(tweet.created_at, "created_at")
    answered = tweet.in_reply_to_status_id_str or tweet.in_reply_to_status_id
    answered_id = optional_identifier(answered, "in_reply_to_status_id")
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
    main: Interaction | None = None
    if does is not None:
        main = Interaction(
            platform=PLATFORM_NAME,
            native_id=composite("tweet", post_id),
            native_type=does,
            actor_id=context.account,
            actor_kind="exporter",
            post_id=None if is_repost else answered_id,
            text=None if is_repost else text,
            occurred_at=at,
            time_precision="second" if at else "unknown",
            version_at=_deleted(tweet) or at,
            is_retracted=tweet.deleted_at is not None,
            payload=payload,
        )
        yield main
    if not is_repost:
        yield from _mentions(tweet, main, at, context)
        yield from _post(tweet, at, context)


def _deleted(tweet: Tweet) -> datetime | None:
    told = tweet.deleted_at
    if told is not None and not told[:1].isdigit():
        return in_words(told, "deleted_at")
    return instant(told, "deleted_at")


def _post(tweet: Tweet, at: datetime | None, context: Context) -> Iterator[Record]:
    post_id = _first_id(tweet)
    yield Post(
        platform=PLATFORM_NAME,
        post_id=post_id,
        native_type="tweet",
        title=tweet.full_text or tweet.text,
        url=f"https://x.com/i/status/{post_id}",
        posted_at=at,
        author_id=context.account,
    )
    metrics = {"favorite_count": tweet.favorite_count, "retweet_count": tweet.retweet_count}
    for metric, value in metrics.items():
        number = _number(value, metric)
        if number is not None:
            yield Counter(
                platform=PLATFORM_NAME, post_id=post_id, native_metric=metric, value=number
            )


def _mentions(
    tweet: Tweet, main: Interaction | None, at: datetime | None, context: Context
) -> Iterator[Record]:
    answered = str(tweet.in_reply_to_user_id_str or tweet.in_reply_to_user_id)
    seen = {answered}
    for mention in (tweet.entities and tweet.entities.user_mentions) or ():
        mentioned = optional_identifier(mention.id_str or mention.id, "user_mentions.id")
        mentioned = mentioned or f"@{mention.screen_name}".lower()
        if mentioned in seen:
            continue
        seen.add(mentioned)
        yield Interaction(
            platform=PLATFORM_NAME,
            native_id=composite("mention", _first_id(tweet), mentioned),
            native_type="mention",
            actor_id=context.account,
            actor_kind="exporter",
            post_id=main.post_id if main else _first_id(tweet),
            parent_id=main.native_id if main else None,
            occurred_at=at,
            time_precision="second" if at else "unknown",
            version_at=_deleted(tweet) or at,
            is_retracted=tweet.deleted_at is not None,
            metadata={"mentioned_id": mentioned},
        )
        if mention.screen_name and not mentioned.startswith("@"):
            yield Profile(
                platform=PLATFORM_NAME,
                actor_id=mentioned,
                username=mention.screen_name,
                display_name=mention.name,
                profile_url=f"https://x.com/{mention.screen_name}",
            )


def _like(raw: bytes, context: Context) -> Iterator[Record]:
    like = _LIKE.decode(raw)
    post_id = identifier(like.tweet_id, "tweetId")
    yield Interaction(
        platform=PLATFORM_NAME,
        native_id=composite("like", post_id, _exporter(context)),
        native_type="like",
        actor_id=context.account,
        actor_kind="exporter",
        post_id=post_id,
        time_precision="unknown",
    )
    yield Post(
        platform=PLATFORM_NAME,
        post_id=post_id,
        native_type="tweet",
        title=like.full_text,
        url=f"https://x.com/i/status/{post_id}",
    )


def _follower(raw: bytes, context: Context) -> Iterator[Record]:
    follower_id = identifier(_FOLLOW.decode(raw).account_id, "accountId")
    yield Interaction(
        platform=PLATFORM_NAME,
        native_id=composite("follow", _exporter(context), follower_id),
        native_type="follow",
        actor_id=follower_id,
        time_precision="unknown",
        metadata={"followed_id": context.account} if context.account else None,
    )


def _following(raw: bytes, context: Context) -> Iterator[Record]:
    followed_id = identifier(_FOLLOW.decode(raw).account_id, "accountId")
    yield Interaction(
        platform=PLATFORM_NAME,
        native_id=composite("follow", followed_id, _exporter(context)),
        native_type="follow",
        actor_id=context.account,
        actor_kind="exporter",
        time_precision="unknown",
        metadata={"followed_id": followed_id},
    )


def _message(raw: bytes, place: Place, context: Context) -> Iterator[Record]:
    if not place.kind:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the message has no createdAt")
    message = _MESSAGE.decode(raw)
    at = instant(message.created_at, "createdAt")
    sender = message.sender_id or message.initiating_user_id
    sender_id = optional_identifier(sender, "senderId")
    message_id = optional_identifier(message.id, "id")
    if message_id is None and (sender_id is None or at is None):
        raise RecordError(Reason.MISSING_FIELD, f"{place.kind} has neither id nor who and when")
    if message_id is None:
        told = chr(31).join((place.conversation_id, place.kind, str(sender_id), str(at)))
        message_id = hashlib.md5(told.encode()).hexdigest()
    is_message = place.kind == "messageCreate"
    native_id = composite("message" if is_message else place.kind, message_id)
    yield Interaction(
        platform=PLATFORM_NAME,
        native_id=native_id,
        native_type=place.kind,
        actor_id=sender_id,
        actor_kind="exporter" if sender_id and sender_id == context.account else None,
        thread_id=place.conversation_id,
        text=message.text,
        occurred_at=at,
        time_precision="second" if at else "unknown",
        key_quality="native" if message.id else "derived",
        payload=msgspec.json.encode(message),
    )
    for reaction in message.reactions or ():
        reacted_at = instant(reaction.created_at, "reactions.createdAt")
        reactor_id = identifier(reaction.sender_id, "reactions.senderId")
        yield Interaction(
            platform=PLATFORM_NAME,
            native_id=composite("reaction", message_id, reactor_id),
            native_type="reaction",
            native_kind=reaction.reaction_key,
            actor_id=reactor_id,
            actor_kind="exporter" if reactor_id == context.account else None,
            thread_id=place.conversation_id,
            parent_id=native_id,
            occurred_at=reacted_at,
            time_precision="second" if reacted_at else "unknown",
        )


_KINDS = {"tweet": _tweet, "like": _like, "follower": _follower, "following": _following}
_FILES = (
    rb"tweets?|deleted_tweets?|community_tweet|like|follower|following|"
    rb"direct_messages?|direct_messages?_group"
)
PREFIX = rb"(?:\xef\xbb\xbf)?\s*window\.YTD\.(?:" + _FILES + rb")\.part[0-9]+\s*=\s*"

FORMATS = (
    Format(
        name="x_archive_js",
        expects="files of an X data archive (`window.YTD…`)",
        container=JsonArray(prefix=PREFIX),
        recognises=lambda head: re.match(PREFIX, head) is not None,
        parse=parse,
        expand=_expand,
    ),
)
