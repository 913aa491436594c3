"""The data archive of one X account -> raw records; a part of `loaders.platforms.x`.

Source: account.js, tweets.js, deleted-tweets.js, like.js, follower.js, following.js, messages
        in direct-messages.js and direct-messages-group.js: each a list that is assigned to a
        JavaScript variable.
Shape:  the exporter is the actor of posts and likes, the owner of the posts, and the account
        that is followed; account.js names him for all files of the archive. Messages are in
        `archive_messages`. A repost does not name the post that it repeats.
Units:  times in words (`Fri Dec 04 17:17:00 +0000 2020`), messages ISO; likes and follows
        have none. Numbers are text.
Errors: RecordError naming the key; the rest of the file still lands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from loaders.parsing.builders import profile
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import composite, identifier, number_id
from loaders.parsing.formats import Context, Format, JsonArray, Part
from loaders.platforms.x.archive_messages import Place, message_records
from loaders.platforms.x.archive_tweets import tweet_records
from loaders.platforms.x.ids import X, post_url, profile_url
from loaders.reading.json_values import items, members
from loaders.records import Interaction, Post, Reason, Record, RecordError


class Like(msgspec.Struct, gc=False, rename="camel"):
    tweet_id: str | int
    full_text: str | None = None
    expanded_url: str | None = None


class Account(msgspec.Struct, gc=False, rename="camel"):
    """Whose archive it is; addresses and the like are not read."""

    account_id: str | int
    username: str | None = None
    account_display_name: str | None = None


class Follow(msgspec.Struct, gc=False, rename="camel"):
    account_id: str | int
    user_link: str | None = None


_LIKE = Decoder(Like)
_FOLLOW = Decoder(Follow)
_ACCOUNT = Decoder(Account)
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
        return message_records(raw, context.parent, context)
    told = members(raw)
    for name, read in _KINDS.items():
        if name in told:
            return read(told[name], context)
    if "id_str" in told:
        return tweet_records(raw, context)
    known = ", ".join(_KINDS)
    raise RecordError(Reason.UNSUPPORTED_RECORD, f"is none of {known}, dmConversation")


def _exporter(context: Context) -> str:
    """Whose likes and follows they are, in keys: as the archive says, for a declared account
    may come later and must not double them."""
    return context.exporter or "exporter"


def _like(raw: bytes, context: Context) -> Iterator[Record]:
    like = _LIKE.decode(raw)
    post_id = number_id(like.tweet_id, "tweetId")
    yield Interaction(
        platform=X,
        native_id=composite("like", post_id, _exporter(context)),
        native_type="like",
        actor_id=context.account,
        actor_kind="exporter",
        post_id=post_id,
        time_precision="unknown",
    )
    yield Post(
        platform=X,
        post_id=post_id,
        native_type="tweet",
        title=like.full_text,
        url=post_url(post_id),
    )


def _follower(raw: bytes, context: Context) -> Iterator[Record]:
    follower_id = number_id(_FOLLOW.decode(raw).account_id, "accountId")
    yield Interaction(
        platform=X,
        native_id=composite("follow", _exporter(context), follower_id),
        native_type="follow",
        actor_id=follower_id,
        time_precision="unknown",
        metadata={"followed_id": context.account} if context.account else None,
    )


def _following(raw: bytes, context: Context) -> Iterator[Record]:
    followed_id = number_id(_FOLLOW.decode(raw).account_id, "accountId")
    yield Interaction(
        platform=X,
        native_id=composite("follow", followed_id, _exporter(context)),
        native_type="follow",
        actor_id=context.account,
        actor_kind="exporter",
        time_precision="unknown",
        metadata={"followed_id": followed_id},
    )


def _account(raw: bytes, _: Context) -> Iterator[Record]:
    account = _ACCOUNT.decode(raw)
    yield from profile(
        X,
        identifier(account.account_id, "accountId"),
        "exporter",
        username=account.username,
        display_name=account.account_display_name,
        profile_url=profile_url(account.username),
    )


def account_of(content: bytes) -> str | None:
    """Return the account that account.js names, None where the content is another."""
    found = re.match(PREFIX, content)
    for item in items(content[found.end() :].strip()) if found else ():
        try:
            return str(_ACCOUNT.decode(members(item)["account"]).account_id)
        except (KeyError, ValueError):  # also of msgspec
            continue
    return None


_KINDS = {
    "account": _account,
    "tweet": tweet_records,
    "like": _like,
    "follower": _follower,
    "following": _following,
}
_FILES = (
    rb"account|tweets?|deleted_tweets?|community_tweet|like|follower|following|"
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
