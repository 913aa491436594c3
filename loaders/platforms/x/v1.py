"""Posts in the words of X's API v1.1, as twarc 1 kept them; a part of `platforms.x`.

Source: statuses of API v1.1 (JSON, one after another or a list), whole or `extended_tweet`.
Shape:  one status in -> the same records as from API v2: the status is spelled anew.
Units:  times in words (`Fri Dec 04 17:17:00 +0000 2020`).
Errors: RecordError naming the key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, number_id
from loaders.parsing.formats import Context, Format, JsonArray
from loaders.parsing.times import in_words
from loaders.platforms.x.parsing import records_of
from loaders.platforms.x.shapes import Entities, Reference, Tweet, User
from loaders.reading.json_values import outline
from loaders.records import Record


class Account(msgspec.Struct, gc=False):
    id_str: NativeId = None
    id: NativeId = None
    screen_name: str | None = None
    name: str | None = None
    verified: bool | None = None
    followers_count: Any = None


class Named(msgspec.Struct, gc=False):
    user_mentions: list[Account] | None = None


class Extended(msgspec.Struct, gc=False):
    full_text: str | None = None
    entities: Named | None = None


class Status(msgspec.Struct, gc=False):
    created_at: str
    id_str: NativeId = None
    id: NativeId = None
    full_text: str | None = None
    text: str | None = None
    extended_tweet: Extended | None = None
    user: Account | None = None
    entities: Named | None = None
    in_reply_to_status_id_str: NativeId = None
    in_reply_to_status_id: NativeId = None
    in_reply_to_user_id_str: NativeId = None
    in_reply_to_user_id: NativeId = None
    quoted_status_id_str: NativeId = None
    quoted_status_id: NativeId = None
    retweeted_status: Status | None = None
    quoted_status: Status | None = None
    retweet_count: Any = None
    favorite_count: Any = None
    lang: str | None = None


_STATUS = Decoder(Status)


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one status into its records."""
    status = _STATUS.decode(raw)
    return records_of(_spelled(status, Tweet), context)


def _spelled(status: Status, kind: type[Tweet]) -> Tweet:
    """The status as API v2 would write it."""
    at = in_words(status.created_at, "created_at")
    extended = status.extended_tweet or Extended()
    named = extended.entities or status.entities or Named()
    counts = {"retweet_count": status.retweet_count, "like_count": status.favorite_count}
    author = _user(status.user or Account())
    replied = status.in_reply_to_user_id_str or status.in_reply_to_user_id
    spelled = kind(
        id=number_id(status.id_str or status.id, "id_str"),
        text=extended.full_text or status.full_text or status.text,
        author_id=author.id,
        author=author,
        created_at=at.isoformat() if at else None,
        in_reply_to_user_id=replied,
        entities=Entities([_user(account) for account in named.user_mentions or ()]),
        public_metrics={name: value for name, value in counts.items() if value is not None},
        lang=status.lang,
    )
    if kind is Tweet:
        spelled.referenced_tweets = list(_references(status))
        if status.retweeted_status is not None:
            spelled.public_metrics = None  # they are those of the post that it repeats
    return spelled


def _references(status: Status) -> Iterable[Reference]:
    for kind, other in (
        ("retweeted", status.retweeted_status),
        ("quoted", status.quoted_status if status.retweeted_status is None else None),
    ):
        if other is not None:
            reference = _spelled(other, Reference)
            assert isinstance(reference, Reference)
            reference.type = kind
            yield reference
    if status.quoted_status is None and status.retweeted_status is None:
        quoted_id = status.quoted_status_id_str or status.quoted_status_id
        if quoted_id:
            yield Reference(id=quoted_id, type="quoted")
    answered_id = status.in_reply_to_status_id_str or status.in_reply_to_status_id
    if answered_id:
        author_id = status.in_reply_to_user_id_str or status.in_reply_to_user_id
        yield Reference(id=answered_id, author_id=author_id, type="replied_to")


def _user(account: Account) -> User:
    followers = {"followers_count": account.followers_count}
    return User(
        id=account.id_str or account.id,
        username=account.screen_name,
        name=account.name,
        verified=account.verified,
        public_metrics=followers if account.followers_count is not None else None,
    )


def _recognises(head: bytes) -> bool:
    keys = outline(head)
    is_named = "screen_name" in outline(keys.get("user", b"")) or b'"screen_name"' in keys.get(
        "user", b""
    )
    return (
        {"id_str", "created_at"} <= keys.keys()
        and is_named
        and bool({"full_text", "text", "retweeted_status"} & keys.keys())
    )


def _recognises_page(head: bytes) -> bool:
    keys = outline(head)
    return "search_metadata" in keys or _recognises(keys.get("statuses", b""))


FORMATS = (
    Format(
        name="x_statuses_json",
        expects="X posts of API v1.1 (twarc 1; JSON with `id_str` and `user`)",
        container=JsonArray(),
        recognises=_recognises,
        parse=parse,
    ),
    Format(
        name="x_statuses_page_json",
        expects="pages of X's API v1.1 (JSON with `statuses`)",
        container=JsonArray("statuses"),
        recognises=_recognises_page,
        parse=parse,
    ),
)
