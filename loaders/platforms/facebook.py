"""Facebook -> raw records.

Source: webhook bodies of a Page with `entry[].changes[]`, both generations (`from{id,name}`,
        and `sender_id`/`sender_name` before), one body a file or one a line, and with
        conversations (see `meta_messaging`); Graph API objects (see `facebook_graph`); data
        downloads (see `facebook_download`).
Export: subscribe a webhook to the Page's `feed` and `messages` and keep the bodies; or save
        the answers of Graph API calls such as `/{post-id}/comments` and `/reactions`; or ask
        for a copy of your information in the Accounts Centre, format JSON.
Shape:  each change is a record of its own: comments, reactions, likes, shares, ratings and
        mentions are interactions, the Page's and visitors' own post, status, photo, video …
        are posts. Reactions and likes have no id: their key is what was liked and by whom, so
        that another reaction replaces the first. A field or item nobody knows lands in its
        native words if it names an actor and an id or time.
Units:  created_time epoch seconds; entry.time seconds or milliseconds, the time of the state
        delivered, and of the action where a new one has no created_time.
Errors: RecordError naming the key; the other changes of the body still land.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from loaders.fields import NativeId, composite, count, identifier, optional_identifier
from loaders.formats import Context, Format, JsonArray, Part
from loaders.json_stream import outline
from loaders.platforms import facebook_download, facebook_graph, meta_messaging
from loaders.records import Interaction, KeyQuality, Post, Profile, Reason, Record, RecordError
from loaders.times import epoch

PLATFORM = "facebook"
POSTS = {"post", "status", "photo", "video", "album", "link", "note", "event", "milestone"}
HIDING = {"hide": True, "unhide": False}


class Entry(msgspec.Struct, gc=False):
    """One Page's news in a body."""

    id: NativeId = None
    time: int | str | None = None
    changes: list[msgspec.Raw] | None = None
    messaging: list[msgspec.Raw] | None = None
    standby: list[msgspec.Raw] | None = None


class Person(msgspec.Struct, gc=False, omit_defaults=True):
    id: NativeId = None
    name: str | None = None


class Value(msgspec.Struct, gc=False, omit_defaults=True):
    item: str | None = None
    verb: str | None = None
    post_id: NativeId = None
    comment_id: NativeId = None
    parent_id: NativeId = None
    share_id: NativeId = None
    reaction_type: str | None = None
    from_: Person | None = msgspec.field(default=None, name="from")
    sender_id: NativeId = None
    sender_name: str | None = None
    reviewer_id: NativeId = None
    reviewer_name: str | None = None
    review_text: str | None = None
    recommendation_type: str | None = None
    rating: Any = None
    open_graph_story_id: NativeId = None
    created_time: int | str | None = None
    message: str | None = None
    link: str | None = None
    is_hidden: bool | None = None


class Change(msgspec.Struct, gc=False, omit_defaults=True):
    field: str
    value: Value | str | float | bool | list[Any] | None = None


class Conversation(msgspec.Struct, gc=False):
    """What is told of an entry whose part is no change."""

    id: NativeId = None


_ENTRY = msgspec.json.Decoder(Entry)
_CHANGE = msgspec.json.Decoder(Change)


def _expand(raw: bytes, _: Context) -> Iterator[Part]:
    entry = _ENTRY.decode(raw)
    for change in entry.changes or ():
        yield Part(bytes(change), entry)
    conversations = [*(entry.messaging or ()), *(entry.standby or ())]
    for message in conversations:
        yield Part(bytes(message), Conversation(entry.id))
    if not entry.changes and not conversations:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the entry has no changes")


class _Delivery:
    """A change with what its entry says, the checks that all kinds of change share done."""

    def __init__(self, raw: bytes, entry: Entry) -> None:
        self.change = change = _CHANGE.decode(raw)
        if not isinstance(change.value, Value):
            detail = "the change has a value that is no object"
            raise RecordError(Reason.UNSUPPORTED_RECORD, detail)
        self.value = value = change.value
        person = value.from_ or Person(
            value.sender_id or value.reviewer_id, value.sender_name or value.reviewer_name
        )
        self.page_id = optional_identifier(entry.id, "entry.id")
        self.actor_id = optional_identifier(person.id, "from.id")
        self.actor_name = person.name
        self.post_id = optional_identifier(value.post_id, "post_id")
        self.comment_id = optional_identifier(value.comment_id, "comment_id")
        self.version_at = epoch(entry.time, "entry.time", "s or ms")
        created_at = epoch(value.created_time, "created_time", "s or ms")
        is_new = value.verb in (None, "add")
        self.occurred_at = created_at or (self.version_at if is_new else None)

    @property
    def parent_id(self) -> str | None:
        """The comment this one answers; a parent that is the post itself is none."""
        parent = optional_identifier(self.value.parent_id, "parent_id")
        if parent is None or parent == self.post_id:
            return None
        if self.post_id is not None and self.post_id.endswith(f"_{parent}"):
            return None
        return composite("comment", parent)

    def actor(self) -> str:
        """Who did it, where that is a part of the key."""
        return identifier(self.actor_id, "from.id")

    def interaction(
        self,
        native_id: str,
        native_type: str,
        *,
        parent_id: str | None = None,
        key_quality: KeyQuality = "native",
    ) -> Interaction:
        """What all interactions have in common."""
        value = self.value
        hiding = HIDING.get(value.verb or "", value.is_hidden)
        is_page = self.actor_id is not None and self.actor_id == self.page_id
        return Interaction(
            platform=PLATFORM,
            native_id=native_id,
            native_type=native_type,
            native_kind=value.reaction_type,
            actor_id=self.actor_id,
            actor_kind="page" if is_page else None,
            post_id=self.post_id,
            parent_id=parent_id,
            text=value.message,
            occurred_at=self.occurred_at,
            time_precision="second" if self.occurred_at else "unknown",
            version_at=self.version_at,
            is_retracted=value.verb == "remove",
            key_quality=key_quality,
            metadata=None if hiding is None else {"hidden": hiding},
            payload=msgspec.json.encode(self.change),
        )


def _comment(told: _Delivery) -> Record:
    native_id = composite("comment", identifier(told.comment_id, "comment_id"))
    return told.interaction(native_id, "comment", parent_id=told.parent_id)


def _reaction(told: _Delivery) -> Record:
    kind = told.value.item or "reaction"
    target = identifier(told.comment_id or told.post_id, "post_id")
    parent_id = composite("comment", told.comment_id) if told.comment_id else None
    return told.interaction(composite(kind, target, told.actor()), kind, parent_id=parent_id)


def _share(told: _Delivery) -> Record:
    share_id = optional_identifier(told.value.share_id, "share_id") or told.post_id
    return told.interaction(composite("share", identifier(share_id, "share_id")), "share")


def _mention(told: _Delivery) -> Record:
    where = identifier(told.comment_id or told.post_id, "post_id")
    parent_id = composite("comment", told.comment_id) if told.comment_id else None
    return told.interaction(composite("mention", where), "mention", parent_id=parent_id)


def _rating(told: _Delivery) -> Record:
    value = told.value
    story_id = identifier(value.open_graph_story_id, "open_graph_story_id")
    rating = told.interaction(composite("rating", story_id), "rating")
    kind = value.recommendation_type
    if kind is None and value.rating is not None:
        kind = str(count(value.rating, "rating"))
    return msgspec.structs.replace(
        rating, native_kind=kind, text=value.review_text or value.message
    )


def _post(told: _Delivery) -> Record:
    return Post(
        platform=PLATFORM,
        post_id=identifier(told.post_id, "post_id"),
        native_type=told.value.item,
        title=told.value.message,
        url=told.value.link,
        posted_at=told.occurred_at,
        author_id=told.actor_id,
        community_id=told.page_id,
    )


def _unknown(told: _Delivery) -> Record:
    """Something of a kind that is not known yet, in its native words."""
    value, field = told.value, told.change.field
    where = told.comment_id or told.post_id or optional_identifier(value.share_id, "share_id")
    created = None if value.created_time is None else str(value.created_time)
    if told.actor_id is None or (where is None and created is None):
        detail = "the change is of an unknown kind and names no actor, or neither id nor time"
        raise RecordError(Reason.UNSUPPORTED_RECORD, detail)
    kind = value.item or field
    words = (word for word in (field, value.item, where, told.actor_id, created) if word)
    return told.interaction(composite(*words), kind, key_quality="weak")


_KINDS = {"comment": _comment, "reaction": _reaction, "like": _reaction, "share": _share}


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one change into its records."""
    if isinstance(context.parent, Conversation):
        page_id = optional_identifier(context.parent.id, "entry.id")
        yield from meta_messaging.parse(raw, PLATFORM, page_id)
        return
    told = _Delivery(raw, context.parent)
    field, item = told.change.field, told.value.item
    if field == "mention":
        yield _mention(told)
    elif field == "ratings" and item in (None, "rating"):
        yield _rating(told)
    elif field == "feed" and item in POSTS:
        yield _post(told)
    elif field == "feed" and item in _KINDS:
        yield _KINDS[item](told)
    else:
        yield _unknown(told)
    if told.actor_id is not None and told.actor_name:
        yield Profile(platform=PLATFORM, actor_id=told.actor_id, display_name=told.actor_name)


def _recognises_body(head: bytes) -> bool:
    keys = outline(head)
    first = outline(keys.get("entry", b""))
    is_page = keys.get("object", b'"page"') == b'"page"'
    return (
        is_page and "entry" in keys and bool(first.keys() & {"changes", "messaging", "standby"})
    )


FORMATS = (
    Format(
        name="page_webhook_json",
        expects="Facebook Page webhook bodies (JSON with `entry`)",
        container=JsonArray("entry"),
        recognises=_recognises_body,
        parse=parse,
        expand=_expand,
    ),
    *facebook_graph.FORMATS,
    *facebook_download.FORMATS,
)
