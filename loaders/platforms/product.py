"""Our own product's tracking -> raw records.

Source: bodies of the tracking API (one interaction, or `{"interactions": [...]}`); events of
        PostHog as captured, exported or listed. Segment, RudderStack and Snowplow are in
        `loaders.platforms.product_events`.
Export: keep the bodies sent to the tracking API; or take events from PostHog's API or batch
        exports, Segment's or RudderStack's warehouse tables, Snowplow's enriched stream.
Shape:  each interaction or event by itself, in its native words. Metadata, payload and
        addresses are kept by allow-list: no IP addresses, user agents, devices or places; an
        address of a page loses its query, an account that is an e-mail address becomes a
        digest of it.
Units:  ISO times; duration in whole milliseconds, scroll_depth in percent. The tracking API
        tells neither who nor when unless it is extended: without an account the one of the
        session is declared, without a time it stays unknown, without `event_id` the key is
        weak and numbered: a repeated body cannot be told from a second click.
Errors: RecordError naming the key; the other items of a batch still land.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from loaders.fields import NativeId, composite, identifier, optional_identifier, required_text
from loaders.formats import Context, Format, JsonArray, Part
from loaders.json_stream import items, members, outline
from loaders.platforms import product_events
from loaders.platforms.product_events import page_address, weak
from loaders.private_fields import account
from loaders.product_metadata import PLATFORM_NAME, allowed
from loaders.records import Interaction, Post, Reason, Record, RecordError
from loaders.times import instant

PLATFORM = PLATFORM_NAME
NONE = msgspec.Raw(b"")


class Item(msgspec.Struct, gc=False):
    """One interaction as the product's pages send it."""

    interaction_type: str
    post_id: str | int
    metadata: dict[str, Any] | None = None
    event_id: NativeId = None
    user_id: NativeId = None
    occurred_at: str | None = None


class Properties(msgspec.Struct, gc=False):
    current_url: str | None = msgspec.field(default=None, name="$current_url")
    title: str | None = None
    distinct_id: NativeId = None
    source: Any = msgspec.field(default=None, name="utm_source")


class Captured(msgspec.Struct, gc=False):
    """One event of PostHog."""

    event: str
    uuid: NativeId = None
    id: NativeId = None
    distinct_id: NativeId = None
    timestamp: str | None = None
    sent_at: str | None = None
    properties: msgspec.Raw = NONE


_ITEM = msgspec.json.Decoder(Item)
_PROPERTIES = msgspec.json.Decoder(Properties)
_TEXT = msgspec.json.Decoder(str)
_CAPTURED = msgspec.json.Decoder(Captured)


def _expand(raw: bytes, _: Context) -> Iterator[Part]:
    told = members(raw)
    if "interactions" not in told:
        yield Part(raw)
        return
    if not told["interactions"].startswith(b"["):
        raise RecordError(Reason.INVALID_FIELD, "interactions is not a list")
    found = [Part(item) for item in items(told["interactions"])]
    yield from found or [Part(raw, is_empty=True)]


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one tracked interaction into its record."""
    item = _ITEM.decode(raw)
    post_id = identifier(item.post_id, "post_id")
    native_type = required_text(item.interaction_type, "interaction_type")
    event_id = optional_identifier(item.event_id, "event_id")
    actor_id = account(optional_identifier(item.user_id, "user_id") or context.account)
    occurred_at = instant(item.occurred_at, "occurred_at", context.timezone)
    metadata = allowed(item.metadata or {})
    told = msgspec.json.encode(metadata, order="deterministic").decode()
    at = occurred_at.isoformat() if occurred_at else None
    key = weak(post_id, native_type, actor_id, at, told)
    yield Interaction(
        platform=PLATFORM,
        native_id=composite("event", event_id) if event_id else key,
        native_type=native_type,
        actor_id=actor_id,
        actor_kind="person" if actor_id else "anonymous",
        post_id=post_id,
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
        key_quality="native" if event_id else "weak",
        metadata=metadata or None,
    )


def _expand_captured(raw: bytes, _: Context) -> Iterator[Part]:
    told = members(raw)
    for key in ("batch", "results"):
        if told.get(key, b"").startswith(b"["):
            found = [Part(item) for item in items(told[key])]
            yield from found or [Part(raw, is_empty=True)]
            return
    yield Part(raw)


def parse_captured(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one event of PostHog into its records."""
    event = _CAPTURED.decode(raw)
    properties = bytes(event.properties)
    if properties.startswith(b'"'):  # some exports write them as text
        properties = _TEXT.decode(properties).encode()
    told = _PROPERTIES.decode(properties) if properties.startswith(b"{") else Properties()
    event_id = optional_identifier(event.uuid or event.id, "uuid")
    told_id = event.distinct_id if event.distinct_id is not None else told.distinct_id
    actor_id = account(optional_identifier(told_id, "distinct_id"))
    at = event.timestamp or event.sent_at
    occurred_at = instant(at, "timestamp", context.timezone)
    if event_id is None and (actor_id is None or occurred_at is None):
        raise RecordError(Reason.MISSING_FIELD, "there is neither a uuid nor who and when")
    post_id = page_address(told.current_url)
    metadata = allowed({"source": told.source})
    key = weak(event.event, actor_id, str(occurred_at), post_id)
    yield Interaction(
        platform=PLATFORM,
        native_id=composite("event", event_id) if event_id else key,
        native_type=required_text(event.event, "event"),
        actor_id=actor_id,
        post_id=post_id,
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
        key_quality="native" if event_id else "weak",
        metadata=metadata or None,
    )
    if post_id is not None:
        yield Post(
            platform=PLATFORM,
            post_id=post_id,
            native_type="page",
            title=told.title,
            url=post_id,
        )


def _recognises(head: bytes) -> bool:
    keys = outline(head)
    if "interactions" not in keys:
        return {"post_id", "interaction_type"} <= keys.keys()
    first = outline(keys["interactions"])
    is_list = keys["interactions"].startswith(b"[")
    return is_list and (not first or bool({"post_id", "interaction_type"} & first.keys()))


def _recognises_captured(head: bytes) -> bool:
    keys = outline(head)
    for key in ("batch", "results"):
        keys = outline(keys[key]) if key in keys else keys
    return (
        "event" in keys
        and "messageId" not in keys
        and bool({"distinct_id", "uuid"} & keys.keys() or b'"$' in keys.get("properties", b""))
    )


FORMATS = (
    Format(
        name="tracking_json",
        expects="bodies of the product's tracking API (JSON with `post_id` or `interactions`)",
        container=JsonArray(),
        recognises=_recognises,
        parse=parse,
        expand=_expand,
        numbered=("weak",),
    ),
    Format(
        name="posthog_json",
        expects="PostHog events (JSON)",
        container=JsonArray(),
        recognises=_recognises_captured,
        parse=parse_captured,
        expand=_expand_captured,
        numbered=("weak",),
    ),
    *product_events.FORMATS,
)
