"""Our tracking API and PostHog -> raw records; a part of `platforms.product`.

Source: one interaction, or `{"interactions": [...]}`, as sent or as `warehouse serve` keeps
        it; events as captured, exported or listed.
Shape:  each interaction or event by itself, in its native words.
Units:  ISO times; duration in whole milliseconds, scroll_depth in percent.
Errors: RecordError naming the key; the other items of a batch still land.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from loaders.parsing.builders import precision_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    NativeId,
    composite,
    identifier,
    optional_identifier,
    required_text,
)
from loaders.parsing.formats import Context, Format, JsonArray, Part
from loaders.parsing.times import instant
from loaders.platforms.product.events import identities, page, page_address, parts_of, weak
from loaders.privacy.private_fields import account
from loaders.privacy.product_metadata import PRODUCT, allowed
from loaders.reading.json_values import items, members, outline
from loaders.records import Interaction, Reason, Record, RecordError

IDENTIFYING = {"$identify", "$create_alias", "$merge_dangerously"}  # say who, and do nothing
NONE = msgspec.Raw(b"")


class Item(msgspec.Struct, gc=False):
    """One interaction as the product's pages send it."""

    interaction_type: str
    post_id: str | int
    metadata: dict[str, Any] | None = None
    event_id: NativeId = None
    user_id: NativeId = None
    occurred_at: str | None = None


class Body(msgspec.Struct, gc=False):
    """A body as the tracking API keeps it until it is landed.

    `delivery` names the request. It tells an interaction without `event_id` from an equal one
    of another request.
    """

    delivery: str
    interactions: list[Item]


class Properties(msgspec.Struct, gc=False):
    current_url: str | None = msgspec.field(default=None, name="$current_url")
    title: str | None = None
    distinct_id: NativeId = None
    source: Any = msgspec.field(default=None, name="utm_source")
    anonymous_id: NativeId = msgspec.field(default=None, name="$anon_distinct_id")
    alias: NativeId = None


class Captured(msgspec.Struct, gc=False):
    """One event of PostHog."""

    event: str
    uuid: NativeId = None
    id: NativeId = None
    distinct_id: NativeId = None
    timestamp: str | None = None
    sent_at: str | None = None
    properties: msgspec.Raw = NONE


_ITEM = Decoder(Item)
_PROPERTIES = Decoder(Properties)
_TEXT = msgspec.json.Decoder(str)
_CAPTURED = Decoder(Captured)


def expand(raw: bytes, _: Context) -> Iterator[Part]:
    """Yield the interactions of a body, each with the name of its delivery, if it has one."""
    told = members(raw)
    if "interactions" not in told:
        yield Part(raw)
        return
    if not told["interactions"].startswith(b"["):
        raise RecordError(Reason.INVALID_FIELD, "interactions is not a list")
    delivery = told.get("delivery")
    found = [Part(item, delivery) for item in items(told["interactions"])]
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
    around = () if context.parent is None else (context.parent.decode(),)
    key = weak(post_id, native_type, actor_id, at, told, *around)
    yield Interaction(
        platform=PRODUCT,
        native_id=composite("event", event_id) if event_id else key,
        native_type=native_type,
        actor_id=actor_id,
        actor_kind="person" if actor_id else "anonymous",
        post_id=post_id,
        occurred_at=occurred_at,
        time_precision=precision_of(occurred_at),
        key_quality="native" if event_id else "weak",
        metadata=metadata or None,
    )


def kept(interaction: Interaction) -> Item:
    """Return what may be kept of an interaction, as an item that parses to the same.

    Nothing else that a client sent is written to disk.
    """
    is_named = interaction.key_quality == "native"
    at = interaction.occurred_at
    return Item(
        interaction_type=interaction.native_type,
        post_id=interaction.post_id or "",
        metadata=interaction.metadata,
        event_id=interaction.native_id.removeprefix("event:") if is_named else None,
        user_id=interaction.actor_id,
        occurred_at=None if at is None else at.isoformat(),
    )


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
    if event.event in IDENTIFYING:
        other = told.anonymous_id if told.anonymous_id is not None else told.alias
        yield from identities(event.event, told_id, other, occurred_at)
        return
    if event_id is None and (actor_id is None or occurred_at is None):
        raise RecordError(Reason.MISSING_FIELD, "there is neither a uuid nor who and when")
    post_id = page_address(told.current_url)
    metadata = allowed({"source": told.source})
    key = weak(event.event, actor_id, str(occurred_at), post_id)
    yield Interaction(
        platform=PRODUCT,
        native_id=composite("event", event_id) if event_id else key,
        native_type=required_text(event.event, "event"),
        actor_id=actor_id,
        post_id=post_id,
        occurred_at=occurred_at,
        time_precision=precision_of(occurred_at),
        key_quality="native" if event_id else "weak",
        metadata=metadata or None,
    )
    yield from page(post_id, told.title)


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
        expand=expand,
        numbered=("weak",),
    ),
    Format(
        name="posthog_json",
        expects="PostHog events (JSON)",
        container=JsonArray(),
        recognises=_recognises_captured,
        parse=parse_captured,
        expand=lambda raw, _: parts_of(raw, "batch", "results"),
        numbered=("weak",),
    ),
)
