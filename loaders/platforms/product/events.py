"""Segment and RudderStack events -> raw records; a part of `platforms.product`.

Source: Segment and RudderStack events (JSON) and the pages and tracks tables they load (CSV).
Shape:  one event in, its interaction, and the page it happened on as a post; of identify and
        alias calls the two ids that are of one person.
Units:  ISO times; tables hold UTC without saying so, unless a zone is declared.
Errors: RecordError naming the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from loaders.parsing.builders import digest, precision_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, composite, optional_identifier
from loaders.parsing.formats import Context, Csv, Format, JsonArray, Part
from loaders.parsing.notes import note
from loaders.parsing.times import instant
from loaders.privacy.private_fields import account
from loaders.privacy.product_metadata import PRODUCT, allowed, keys
from loaders.reading.csv_stream import has_columns
from loaders.reading.json_values import items, members, outline
from loaders.records import ActorKind, Identity, Interaction, Post, Reason, Record, RecordError


def weak(*told: str | None) -> str:
    """The key of what has none: all that is told about it."""
    return composite("weak", digest(*told))


def parts_of(raw: bytes, *lists: str) -> Iterator[Part]:
    """Yield the events of a batch, under the first of these names; else the event itself."""
    told = members(raw)
    for name in lists:
        if told.get(name, b"").startswith(b"["):
            found = [Part(item) for item in items(told[name])]
            yield from found or [Part(raw, is_empty=True)]
            return
    yield Part(raw)


def page(post_id: str | None, title: str | None) -> Iterator[Post]:
    """Yield the page that an event happened on."""
    if post_id is not None:
        yield Post(
            platform=PRODUCT, post_id=post_id, native_type="page", title=title, url=post_id
        )


def page_address(url: str | None) -> str | None:
    """The address of a page without query and fragment: these hold what people typed."""
    return optional_identifier((url or "").partition("#")[0].partition("?")[0], "the page")


def event_of(
    *,
    event_id: str | None,
    native_type: str,
    native_kind: str | None,
    user_id: str | None,
    visitor_id: str | None,
    url: str | None,
    title: str | None,
    occurred_at: datetime | None,
    metadata: dict[str, Any],
) -> Iterator[Record]:
    """Yield one event in the words of its source, and the page that it happened on."""
    post_id = page_address(url)
    actor_id = account(user_id or visitor_id)
    kind: ActorKind | None = "person" if user_id else "anonymous" if visitor_id else None
    if event_id is None and (actor_id is None or occurred_at is None):
        raise RecordError(Reason.MISSING_FIELD, "there is neither an id nor who and when")
    kept = allowed(metadata)
    yield Interaction(
        platform=PRODUCT,
        native_id=composite("event", event_id)
        if event_id
        else weak(native_type, native_kind, actor_id, str(occurred_at), post_id),
        native_type=native_type,
        native_kind=native_kind,
        actor_id=actor_id,
        actor_kind=kind,
        post_id=post_id,
        occurred_at=occurred_at,
        time_precision=precision_of(occurred_at),
        key_quality="native" if event_id else "weak",
        metadata=kept or None,
    )
    yield from page(post_id, title)


def identities(
    native_type: str, one: NativeId, other: NativeId, observed_at: datetime | None
) -> Iterator[Record]:
    """Yield what a source says about two ids of one person, where it names two."""
    actor_id = account(optional_identifier(one, "the id"))
    other_id = account(optional_identifier(other, "the other id"))
    if actor_id is None or other_id is None or actor_id == other_id:
        note("passed_over", native_type, "names one account only")
        return
    yield Identity(
        platform=PRODUCT,
        actor_id=actor_id,
        other_actor_id=other_id,
        native_type=native_type,
        observed_at=observed_at,
    )


class Page(msgspec.Struct, gc=False):
    url: str | None = None
    title: str | None = None


class Campaign(msgspec.Struct, gc=False):
    source: Any = None
    name: Any = None


class Surroundings(msgspec.Struct, gc=False):
    page: Page | None = None
    campaign: Campaign | None = None


class Call(msgspec.Struct, gc=False, rename="camel"):
    """A call of the Segment specification."""

    type: str
    message_id: NativeId = None
    event: str | None = None
    user_id: NativeId = None
    anonymous_id: NativeId = None
    previous_id: NativeId = None
    timestamp: str | None = None
    original_timestamp: str | None = None
    sent_at: str | None = None
    received_at: str | None = None
    context: Surroundings | None = None
    properties: dict[str, Any] | None = None


_CALL = Decoder(Call)


def _when(call: Call, context: Context) -> datetime | None:
    """The time by the server's clock: told, or put right by when the device sent it."""
    zone = context.timezone
    if call.timestamp is not None:
        return instant(call.timestamp, "timestamp", zone)
    received = instant(call.received_at, "receivedAt", zone)
    original = instant(call.original_timestamp, "originalTimestamp", zone)
    sent = instant(call.sent_at, "sentAt", zone)
    if received and original and sent:
        return received - (sent - original)
    return original or received


def parse_call(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one Segment or RudderStack event into its records."""
    call = _CALL.decode(raw)
    if call.type in ("identify", "alias"):
        other = call.previous_id if call.previous_id is not None else call.anonymous_id
        return identities(call.type, call.user_id, other, _when(call, context))
    around = call.context or Surroundings()
    where, campaign = around.page or Page(), around.campaign or Campaign()
    told = call.properties or {}
    url = told.get("url") if call.type == "page" else None
    title = told.get("title") if call.type == "page" else None
    return event_of(
        event_id=optional_identifier(call.message_id, "messageId"),
        native_type=call.type,
        native_kind=call.event if call.type == "track" else None,
        user_id=optional_identifier(call.user_id, "userId"),
        visitor_id=optional_identifier(call.anonymous_id, "anonymousId"),
        url=url if isinstance(url, str) else where.url,
        title=title if isinstance(title, str) else where.title,
        occurred_at=_when(call, context),
        metadata={
            "source": campaign.source,
            "campaign": campaign.name,
            **{key: told[key] for key in keys() & told.keys()},
        },
    )


def parse_call_row(row: dict[str, str], context: Context) -> Iterable[Record]:
    """Turn one row of a pages or tracks table into its records."""
    zone = context.timezone or UTC
    event = row.get("event_text") or row.get("event")
    told = row.get("timestamp") or row.get("received_at")
    metadata = {
        "source": row.get("context_campaign_source"),
        "campaign": row.get("context_campaign_name"),
    }
    return event_of(
        event_id=optional_identifier(row["id"], "id"),
        native_type="track" if event else "page",
        native_kind=event or None,
        user_id=optional_identifier(row.get("user_id"), "user_id"),
        visitor_id=optional_identifier(row.get("anonymous_id"), "anonymous_id"),
        url=row.get("url") or row.get("context_page_url"),
        title=row.get("title") or row.get("context_page_title"),
        occurred_at=instant(told or None, "timestamp", zone),
        metadata={key: value for key, value in metadata.items() if value},
    )


_CALLS = {b'"page"', b'"track"', b'"screen"', b'"identify"', b'"group"', b'"alias"'}


def _recognises_calls(head: bytes) -> bool:
    keys = outline(head)
    keys = outline(keys["batch"]) if "batch" in keys else keys
    return keys.get("type") in _CALLS and bool({"messageId", "anonymousId"} & keys.keys())


FORMATS = (
    Format(
        name="segment_json",
        expects="Segment or RudderStack events (JSON with `messageId`)",
        container=JsonArray(),
        recognises=_recognises_calls,
        parse=parse_call,
        expand=lambda raw, _: parts_of(raw, "batch"),
        numbered=("weak",),
    ),
    Format(
        name="segment_csv",
        expects="a pages or tracks table of Segment or RudderStack (CSV)",
        container=Csv(),
        recognises=has_columns("id", "anonymous_id", "received_at"),
        parse=parse_call_row,
        numbered=("weak",),
    ),
)
