"""Instagram webhook bodies -> raw records.

Source: bodies with `changes` (comments, live comments, mentions, story insights) and with
        conversations (see `meta.messaging`).
Shape:  each change becomes one record. The media of a comment belongs to the account that
        it is delivered to, the media of a mention does not. Before October 2021 a comment
        names nobody. A mention says where, not who. The numbers of a story are counters.
Units:  entry.time, seconds (messages: milliseconds), is when a comment was delivered, and
        metadata says so: its own time is not told.
Errors: RecordError naming the key; the other changes of the body still land.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from loaders.parsing.builders import counters, key_of, precision_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    NativeId,
    composite,
    identifier,
    optional_identifier,
    secondary,
)
from loaders.parsing.formats import Context, Format, JsonArray, Part
from loaders.parsing.times import epoch
from loaders.platforms.instagram.parts import (
    INSTAGRAM,
    Reference,
    User,
    account,
    author,
    reference,
)
from loaders.platforms.meta import messaging
from loaders.platforms.meta.download import is_placeholder
from loaders.platforms.meta.graph import entry_of
from loaders.reading.json_values import outline
from loaders.records import ActorKind, Interaction, Post, Reason, Record, RecordError

DELIVERED = {"time_basis": "delivered"}
COMMENTS = ("comments", "live_comments")
FIELDS = {*COMMENTS, "mentions", "story_insights", "message_reactions", "standby"}
UNTOLD = -1  # of a story's numbers: fewer than five people


class Delivered(msgspec.Struct, frozen=True):
    """What the entry around a change or an event says."""

    account_id: str | None
    time: datetime | None
    is_conversation: bool


class Value(msgspec.Struct, gc=False, omit_defaults=True):
    """What a change says of a comment, a mention or a story."""

    id: NativeId = None
    text: str | None = None
    from_: User | None = msgspec.field(default=None, name="from")
    media: Reference | None = None
    parent_id: NativeId = None
    media_id: NativeId = None
    comment_id: NativeId = None


class Change(msgspec.Struct, gc=False, omit_defaults=True):
    field: str
    value: Value


_CHANGE = Decoder(Change)
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _expand(raw: bytes, _: Context) -> Iterator[Part]:
    entry = entry_of(raw)
    account_id = optional_identifier(entry.id, "entry.id")
    time = epoch(entry.time, "entry.time", "s or ms")
    for change in entry.changes or ():
        yield Part(bytes(change), Delivered(account_id, time, False))
    for event in entry.conversations:
        yield Part(bytes(event), Delivered(account_id, time, True))


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one change or event of a webhook into its records."""
    around: Delivered = context.parent
    if around.is_conversation:
        yield from messaging.parse(raw, INSTAGRAM, around.account_id)
        return
    change = _CHANGE.decode(raw)
    value = change.value
    if change.field == "story_insights":
        yield from _insights(raw, value, around)
        return
    actor_id, name = account(value.from_, None)
    media_id = reference(value.media) or optional_identifier(value.media_id, "media_id")
    yield _interaction(change, around, actor_id, media_id)
    if media_id is not None:
        is_own = change.field in COMMENTS
        yield Post(
            platform=INSTAGRAM,
            post_id=media_id,
            community_id=around.account_id if is_own else None,
            owner_id=around.account_id if is_own else None,
        )
    yield from author(actor_id, name)


def _interaction(
    change: Change, around: Delivered, actor_id: str | None, media_id: str | None
) -> Interaction:
    """What was done: a comment, a mention, or something that nobody knows yet."""
    value = change.value
    parent_id = secondary(optional_identifier, value.parent_id, "parent_id")
    comment_id = optional_identifier(value.comment_id or value.id, "id")
    told = Interaction(
        platform=INSTAGRAM,
        native_id="",
        native_type=change.field,
        actor_id=actor_id,
        actor_kind=_actor_kind(value.from_, actor_id, around),
        post_id=media_id,
        parent_id=key_of("comment", parent_id),
        thread_id=key_of("comment", parent_id),
        text=value.text,
        occurred_at=around.time,
        time_precision=precision_of(around.time),
        version_at=around.time,
        metadata=DELIVERED,
        payload=msgspec.json.encode(change),
    )
    if change.field in COMMENTS:
        key = composite("comment", identifier(value.id, "id"))
        return msgspec.structs.replace(told, native_id=key, native_type="comment")
    if change.field == "mentions":
        return msgspec.structs.replace(
            told,
            native_id=composite("mention", identifier(comment_id or media_id, "media_id")),
            native_type="mention",
            parent_id=key_of("comment", comment_id),
        )
    if comment_id is None and (actor_id is None or around.time is None):
        detail = "the change is of an unknown kind and names no actor and no id"
        raise RecordError(Reason.UNSUPPORTED_RECORD, detail)
    said = (comment_id, media_id, actor_id, around.time and around.time.isoformat())
    key = composite(change.field, *(word for word in said if word))
    return msgspec.structs.replace(told, native_id=key, key_quality="weak")


def _actor_kind(user: User | None, actor_id: str | None, around: Delivered) -> ActorKind | None:
    if actor_id is not None and actor_id == around.account_id:
        return "page"
    return "deleted" if user is not None and is_placeholder(user.username) else None


def _insights(raw: bytes, value: Value, around: Delivered) -> Iterator[Record]:
    """The numbers of a story when it ends."""
    media_id = identifier(value.media_id, "media_id")
    numbers = _KEYS.decode(_KEYS.decode(raw)["value"])
    yield Post(
        platform=INSTAGRAM,
        post_id=media_id,
        native_type="story",
        community_id=around.account_id,
        owner_id=around.account_id,
    )
    for metric, told in sorted(numbers.items()):
        number = msgspec.json.decode(told)
        if metric == "media_id" or not isinstance(number, int | float) or number == UNTOLD:
            continue
        yield from counters(INSTAGRAM, media_id, {metric: number}, around.time)


def is_of_instagram(entry: dict[str, bytes]) -> bool:
    """Whether the first change of an entry has a field of Instagram."""
    field = outline(entry.get("changes", b"")).get("field", b"")
    return field.decode(errors="replace").strip('"') in FIELDS


def _recognises(head: bytes) -> bool:
    keys = outline(head)
    if "entry" not in keys:
        return False
    if "object" in keys:
        return keys["object"] == b'"instagram"'
    return is_of_instagram(outline(keys["entry"]))


FORMATS = (
    Format(
        name="instagram_webhook_json",
        expects="Instagram webhook bodies (JSON with `entry`)",
        container=JsonArray("entry"),
        recognises=_recognises,
        parse=parse,
        expand=_expand,
    ),
)
