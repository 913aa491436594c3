"""One change that a Facebook Page's webhook delivers, with what its entry says.

Source: `entry[].changes[]` of webhook bodies, both generations (`from{id,name}`, and
        `sender_id`/`sender_name` before).
Shape:  the change and its entry in; who did what, where and when out, and what all
        interactions of changes have in common.
Units:  created_time epoch seconds; entry.time seconds or milliseconds, the time of the state
        delivered, and of the action where a new one has no created_time.
Errors: RecordError naming the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from loaders.parsing.builders import precision_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    NativeId,
    composite,
    identifier,
    optional_identifier,
    secondary,
)
from loaders.parsing.notes import Known, pass_over
from loaders.parsing.times import epoch
from loaders.platforms.facebook.people import FACEBOOK, actor_kind
from loaders.records import (
    ActorKind,
    Interaction,
    KeyQuality,
    Post,
    Reason,
    Record,
    RecordError,
)

REMOVING = ("remove", "delete")
HIDING = {"hide": True, "unhide": False}


class Around(msgspec.Struct, frozen=True):
    """The entry around a change."""

    id: NativeId = None
    time: int | str | None = None


class Person(msgspec.Struct, gc=False, omit_defaults=True):
    id: NativeId = None
    name: str | None = None


class Described(msgspec.Struct, gc=False, omit_defaults=True):
    """The post that a change is about, as newer versions describe it."""

    permalink_url: str | None = None
    is_published: bool | None = None


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
    user_id: NativeId = None
    reviewer_id: NativeId = None
    reviewer_name: str | None = None
    review_text: str | None = None
    recommendation_type: str | None = None
    rating: Any = None
    open_graph_story_id: NativeId = None
    created_time: int | str | None = None
    message: str | None = None
    story: str | None = None
    link: str | None = None
    is_hidden: bool | None = None
    published: bool | int | None = None
    post: Described | None = None


class Change(msgspec.Struct, gc=False, omit_defaults=True):
    field: str
    value: Value | str | float | bool | list[Any] | None = None


class Whole(msgspec.Struct, gc=False):
    value: msgspec.Raw


KNOWN = Known(
    {  # keys of a change that are read, or hold nothing that people said
        *Value.__struct_encode_fields__,
        *("recipient_id", "photo", "photo_id", "photos", "photo_ids", "video", "video_id"),
        *("album_id", "event_id", "edited_time"),
    }
)
_NOTHING = Described()
_CHANGE = Decoder(Change)
_VALUE = msgspec.json.Decoder(Whole)


class Delivery:
    """A change with what its entry says, the checks that all kinds of change share done."""

    def __init__(self, raw: bytes, entry: Around) -> None:
        self.change = change = _CHANGE.decode(raw)
        if isinstance(change.value, Value):
            pass_over(_VALUE.decode(raw).value, KNOWN)
        if not isinstance(change.value, Value):
            detail = "the change has a value that is no object"
            raise RecordError(Reason.UNSUPPORTED_RECORD, detail)
        self.value = value = change.value
        person = value.from_ or Person(
            value.sender_id or value.reviewer_id or value.user_id,
            value.sender_name or value.reviewer_name,
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
        parent = secondary(optional_identifier, self.value.parent_id, "parent_id")
        if parent is None or parent == self.post_id:
            return None
        if self.post_id is not None and self.post_id.endswith(f"_{parent}"):
            return None
        return composite("comment", parent)

    @property
    def actor_kind(self) -> ActorKind | None:
        """The Page itself, or the placeholder of deleted accounts."""
        return actor_kind(self.actor_id, self.actor_name, self.page_id)

    @property
    def is_of_page(self) -> bool:
        """Whether the post stands in the Page's own place."""
        prefix, joint, _ = (self.post_id or "").partition("_")
        return self.page_id is not None and (not joint or prefix == self.page_id)

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
        metadata: dict[str, Any] = {} if hiding is None else {"hidden": hiding}
        kind = self.actor_kind
        if self.actor_id is None and self.actor_name and kind is None:
            metadata["author"] = self.actor_name
        return Interaction(
            platform=FACEBOOK,
            native_id=native_id,
            native_type=native_type,
            native_kind=value.reaction_type,
            actor_id=self.actor_id,
            actor_kind=kind,
            post_id=self.post_id,
            parent_id=parent_id,
            text=value.message,
            occurred_at=self.occurred_at,
            time_precision=precision_of(self.occurred_at),
            version_at=self.version_at,
            is_retracted=value.verb in REMOVING,
            key_quality=key_quality,
            metadata=metadata or None,
            payload=msgspec.json.encode(self.change),
        )

    def place(self) -> Iterator[Record]:
        """The post that something was done to, as far as a change tells."""
        if self.post_id is not None and self.is_of_page:
            told = self.value.post or _NOTHING
            is_published = told.is_published
            yield Post(
                platform=FACEBOOK,
                post_id=self.post_id,
                url=told.permalink_url,
                community_id=self.page_id,
                owner_id=self.page_id,
                is_removed=None if is_published is None else not is_published,
                observed_at=None if is_published is None else self.version_at,
            )
