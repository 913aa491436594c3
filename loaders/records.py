"""The typed records every platform module produces, and why a record can be refused.

Shape:  one frozen struct per table of `raw`; field names are the column names.
Units:  times are aware datetimes; counts are whole numbers; ids are the platform's own words.
Errors: RecordError carries a reason of the closed list `Reason` and a sentence for people.
Source: the raw contract, `loaders/schema.sql`.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any, Literal

import msgspec

from loaders.parsing.notes import Note

ActorKind = Literal["person", "page", "bot", "deleted", "anonymous", "exporter"]
KeyQuality = Literal["native", "derived", "weak"]
TimePrecision = Literal["microsecond", "second", "minute", "day", "unknown"]


class Reason(enum.StrEnum):
    """Why a record was rejected: a closed list, the same as the check on `raw.rejects`."""

    INVALID_ENCODING = "invalid_encoding"  # not UTF-8
    INVALID_JSON = "invalid_json"  # not JSON, truncated, nested too deeply
    INVALID_CSV = "invalid_csv"  # unterminated quote, wrong number of fields
    INVALID_TEXT = "invalid_text"  # a lone surrogate, or a NUL in an id: no database stores it
    TOO_LARGE = "too_large"  # a record above the size limit
    MISSING_FIELD = "missing_field"  # a required key is absent, null or empty
    INVALID_FIELD = "invalid_field"  # a key has the wrong type or an impossible value
    INVALID_ID = "invalid_id"  # empty, above 512 bytes, or changed by a spreadsheet
    INVALID_TIME = "invalid_time"  # not a time that the format allows
    NAIVE_TIME = "naive_time"  # local time, and no --timezone was declared
    TIME_OUT_OF_RANGE = "time_out_of_range"  # beyond 1990 to 2099, or before its platform
    INVALID_COUNT = "invalid_count"  # negative, fractional or beyond 64 bits
    UNSUPPORTED_RECORD = "unsupported_record"  # well formed, but of no known shape


class RecordError(Exception):
    """One record cannot be landed; the rest of its file can.

    `reason` is machine-readable, `detail` one sentence naming the record and the key.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Interaction(msgspec.Struct, frozen=True, gc=False):
    """One thing somebody did: a comment, a like, a message (`raw.interactions`).

    `native_id` is unique within workspace and platform; it carries its own prefix
    (`comment:…`) where a platform numbers several kinds of thing separately.
    `version_at` is the platform's time of this *state* of the interaction (edited, removed,
    updated at): of several deliveries the newest version holds. Null: as new as its document.
    """

    platform: str
    native_id: str
    native_type: str
    actor_id: str | None = None
    actor_kind: ActorKind | None = None
    post_id: str | None = None
    thread_id: str | None = None
    parent_id: str | None = None
    native_kind: str | None = None
    text: str | None = None
    sentiment: str | None = None
    occurred_at: datetime | None = None
    time_precision: TimePrecision = "second"
    version_at: datetime | None = None
    is_retracted: bool = False
    key_quality: KeyQuality = "native"
    metadata: dict[str, Any] | None = None
    payload: bytes | None = None  # the allow-listed native record, JSON


class Profile(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a platform said about one account at one time (`raw.profiles`)."""

    platform: str
    actor_id: str
    actor_kind: ActorKind | None = None
    username: str | None = None
    display_name: str | None = None
    profile_url: str | None = None
    follower_count: int | None = None
    is_verified: bool | None = None
    observed_at: datetime | None = None


class Post(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something people interact with: a video, a post, a channel, a thread (`raw.posts`)."""

    platform: str
    post_id: str
    native_type: str | None = None  # video, post, channel, thread, …
    title: str | None = None
    url: str | None = None
    posted_at: datetime | None = None
    author_id: str | None = None
    community_id: str | None = None  # the guild, group or page it belongs to
    community_name: str | None = None
    owner_id: str | None = None  # the account that runs the place: the Page, the channel
    is_removed: bool | None = None  # null: the source does not say
    observed_at: datetime | None = None  # when this was so, where the source says it


class Counter(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A number the platform reports for a post; never people (`raw.counters`)."""

    platform: str
    post_id: str
    native_metric: str  # the platform's own word: likeCount, digg_count, …
    value: int
    observed_at: datetime | None = None


class Identity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A source's word that two accounts are of one human (`raw.identity_evidence`)."""

    platform: str
    actor_id: str
    other_actor_id: str
    native_type: str  # the source's own word: $identify, alias, …
    observed_at: datetime | None = None


class ContentPost(msgspec.Struct, frozen=True, gc=False):
    """One appearance of a content item."""

    platform: str
    post_id: str


class ContentTag(msgspec.Struct, frozen=True, gc=False):
    """One tag of a content item; `type` is the analyst's own word (topic, campaign, …)."""

    type: str
    value: str


class Content(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A canonical piece of content, its posts and tags (`raw.content`)."""

    content_id: str
    title: str | None = None
    slug: str | None = None
    posts: tuple[ContentPost, ...] = ()
    tags: tuple[ContentTag, ...] = ()


Record = Interaction | Profile | Post | Counter | Content | Identity


class Landed(msgspec.Struct, frozen=True, gc=False):
    """One native record that parsed: what it says, in as many typed records as it takes."""

    line_no: int  # 1-based position of the native record in its file
    records: tuple[Record, ...]
    notes: tuple[Note, ...] = ()


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """One native record that did not parse, as delivered but for private values.

    Values of fields that hold addresses, devices, places, secrets and the like have stand-ins
    (`loaders.privacy.redaction`): the record can be tried again, and says what it would have
    said.
    """

    line_no: int
    byte_offset: int  # where it starts in the (decompressed) file
    byte_count: int  # its length there, whatever was kept of it
    raw: bytes  # its bytes but for private values, at most MAX_REJECT_BYTES of them
    reason: Reason
    detail: str
    is_cut: bool = False  # whether it was longer than that
    document: bytes | None = None  # the smallest document that holds it, if not `raw` itself
    document_offset: int | None = None  # where what `document` holds starts in the file
    notes: tuple[Note, ...] = ()  # about what stood before it, for it has none of its own


Outcome = Landed | Rejected

MAX_ID_BYTES = 512
MAX_RECORD_BYTES = 8 * 1024 * 1024
MAX_REJECT_BYTES = 1024 * 1024
