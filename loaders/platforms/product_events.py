"""Segment, RudderStack and Snowplow events -> raw records; a part of `platforms.product`.

Source: Segment and RudderStack events (JSON) and the pages and tracks tables they load
        (CSV); Snowplow enriched events as JSON, as CSV with a header line and as TSV of the
        131 columns in their order.
Shape:  one event in, its interaction, and the page it happened on as a post. A repeated
        Snowplow event has the fingerprint of the first; another fingerprint with the same
        event_id is another event.
Units:  ISO times; tables and TSV hold UTC without saying so, unless a zone is declared.
Errors: RecordError naming the key.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from loaders.documents import BOM
from loaders.fields import NativeId, composite, identifier, optional_identifier
from loaders.formats import Context, Csv, Format, JsonArray, Part
from loaders.json_stream import items, members, outline
from loaders.private_fields import account
from loaders.product_metadata import PLATFORM_NAME, allowed, keys
from loaders.records import ActorKind, Interaction, Post, Reason, Record, RecordError
from loaders.times import instant


def weak(*told: str | None) -> str:
    """The key of what has none: all that is told about it."""
    digest = hashlib.md5(chr(31).join(word or "" for word in told).encode())
    return composite("weak", digest.hexdigest())


def page_address(url: str | None) -> str | None:
    """The address of a page without query and fragment: these hold what people typed."""
    return optional_identifier((url or "").partition("#")[0].partition("?")[0], "the page")


def _event(
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
    post_id = page_address(url)
    actor_id = account(user_id or visitor_id)
    kind: ActorKind | None = "person" if user_id else "anonymous" if visitor_id else None
    if event_id is None and (actor_id is None or occurred_at is None):
        raise RecordError(Reason.MISSING_FIELD, "there is neither an id nor who and when")
    kept = allowed(metadata)
    yield Interaction(
        platform=PLATFORM_NAME,
        native_id=composite("event", event_id)
        if event_id
        else weak(native_type, native_kind, actor_id, str(occurred_at), post_id),
        native_type=native_type,
        native_kind=native_kind,
        actor_id=actor_id,
        actor_kind=kind,
        post_id=post_id,
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
        key_quality="native" if event_id else "weak",
        metadata=kept or None,
    )
    if post_id is not None:
        yield Post(
            platform=PLATFORM_NAME,
            post_id=post_id,
            native_type="page",
            title=title or None,
            url=post_id,
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
    timestamp: str | None = None
    original_timestamp: str | None = None
    sent_at: str | None = None
    received_at: str | None = None
    context: Surroundings | None = None
    properties: dict[str, Any] | None = None


_CALL = msgspec.json.Decoder(Call)


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


def _expand_calls(raw: bytes, _: Context) -> Iterator[Part]:
    batch = members(raw).get("batch", b"")
    if not batch.startswith(b"["):
        yield Part(raw)
        return
    found = [Part(item) for item in items(batch)]
    yield from found or [Part(raw, is_empty=True)]


def parse_call(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one Segment or RudderStack event into its records."""
    call = _CALL.decode(raw)
    around = call.context or Surroundings()
    page, campaign = around.page or Page(), around.campaign or Campaign()
    told = call.properties or {}
    url = told.get("url") if call.type == "page" else None
    title = told.get("title") if call.type == "page" else None
    return _event(
        event_id=optional_identifier(call.message_id, "messageId"),
        native_type=call.type,
        native_kind=call.event if call.type == "track" else None,
        user_id=optional_identifier(call.user_id, "userId"),
        visitor_id=optional_identifier(call.anonymous_id, "anonymousId"),
        url=url if isinstance(url, str) else page.url,
        title=title if isinstance(title, str) else page.title,
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
    return _event(
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


class Enriched(msgspec.Struct, gc=False):
    """What is read of an enriched event."""

    event_id: str
    event_name: str | None = None
    event: str | None = None
    event_fingerprint: str | None = None
    user_id: NativeId = None
    domain_userid: NativeId = None
    network_userid: NativeId = None
    derived_tstamp: str | None = None
    collector_tstamp: str | None = None
    dvce_created_tstamp: str | None = None
    dvce_sent_tstamp: str | None = None
    page_url: str | None = None
    page_title: str | None = None
    se_action: str | None = None
    mkt_source: str | None = None
    mkt_campaign: str | None = None


_ENRICHED = msgspec.json.Decoder(Enriched)


def _derived(event: Enriched, context: Context) -> datetime | None:
    zone = context.timezone or UTC
    if event.derived_tstamp:
        return instant(event.derived_tstamp, "derived_tstamp", zone)
    collected = instant(event.collector_tstamp or None, "collector_tstamp", zone)
    created = instant(event.dvce_created_tstamp or None, "dvce_created_tstamp", zone)
    sent = instant(event.dvce_sent_tstamp or None, "dvce_sent_tstamp", zone)
    if collected and created and sent:
        return collected - (sent - created)
    return collected or created


def _enriched(event: Enriched, context: Context) -> Iterator[Record]:
    event_id = identifier(event.event_id, "event_id")
    native_type = event.event_name or event.event
    if not native_type:
        raise RecordError(Reason.MISSING_FIELD, "event_name is missing or empty")
    key = (event_id, event.event_fingerprint) if event.event_fingerprint else (event_id,)
    metadata = {"source": event.mkt_source, "campaign": event.mkt_campaign}
    visitor_id = optional_identifier(event.domain_userid, "domain_userid")
    return _event(
        event_id=composite(*key),
        native_type=native_type,
        native_kind=event.se_action or None,
        user_id=optional_identifier(event.user_id, "user_id"),
        visitor_id=visitor_id or optional_identifier(event.network_userid, "network_userid"),
        url=event.page_url,
        title=event.page_title,
        occurred_at=_derived(event, context),
        metadata={name: value for name, value in metadata.items() if value},
    )


def parse_enriched(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one enriched event of Snowplow into its records."""
    return _enriched(_ENRICHED.decode(raw), context)


def parse_enriched_row(row: dict[str, str], context: Context) -> Iterable[Record]:
    """Turn one line of Snowplow's table or TSV into its records."""
    known = {name: row[name] for name in Enriched.__struct_fields__ if row.get(name)}
    if "event_id" not in known:
        raise RecordError(Reason.MISSING_FIELD, "event_id is missing or empty")
    return _enriched(msgspec.convert(known, Enriched), context)


ENRICHED = (
    *("app_id", "platform", "etl_tstamp", "collector_tstamp", "dvce_created_tstamp", "event"),
    *("event_id", "txn_id", "name_tracker", "v_tracker", "v_collector", "v_etl", "user_id"),
    *("user_ipaddress", "user_fingerprint", "domain_userid", "domain_sessionidx"),
    *("network_userid", "geo_country", "geo_region", "geo_city", "geo_zipcode"),
    *("geo_latitude", "geo_longitude", "geo_region_name", "ip_isp", "ip_organization"),
    *("ip_domain", "ip_netspeed", "page_url", "page_title", "page_referrer"),
    *("page_urlscheme", "page_urlhost", "page_urlport", "page_urlpath", "page_urlquery"),
    *("page_urlfragment", "refr_urlscheme", "refr_urlhost", "refr_urlport", "refr_urlpath"),
    *("refr_urlquery", "refr_urlfragment", "refr_medium", "refr_source", "refr_term"),
    *("mkt_medium", "mkt_source", "mkt_term", "mkt_content", "mkt_campaign", "contexts"),
    *("se_category", "se_action", "se_label", "se_property", "se_value", "unstruct_event"),
    *("tr_orderid", "tr_affiliation", "tr_total", "tr_tax", "tr_shipping", "tr_city"),
    *("tr_state", "tr_country", "ti_orderid", "ti_sku", "ti_name", "ti_category"),
    *("ti_price", "ti_quantity", "pp_xoffset_min", "pp_xoffset_max", "pp_yoffset_min"),
    *("pp_yoffset_max", "useragent", "br_name", "br_family", "br_version", "br_type"),
    *("br_renderengine", "br_lang", "br_features_pdf", "br_features_flash"),
    *("br_features_java", "br_features_director", "br_features_quicktime"),
    *("br_features_realplayer", "br_features_windowsmedia", "br_features_gears"),
    *("br_features_silverlight", "br_cookies", "br_colordepth", "br_viewwidth"),
    *("br_viewheight", "os_name", "os_family", "os_manufacturer", "os_timezone"),
    *("dvce_type", "dvce_ismobile", "dvce_screenwidth", "dvce_screenheight", "doc_charset"),
    *("doc_width", "doc_height", "tr_currency", "tr_total_base", "tr_tax_base"),
    *("tr_shipping_base", "ti_currency", "ti_price_base", "base_currency", "geo_timezone"),
    *("mkt_clickid", "mkt_network", "etl_tags", "dvce_sent_tstamp", "refr_domain_userid"),
    *("refr_dvce_tstamp", "derived_contexts", "domain_sessionid", "derived_tstamp"),
    *("event_vendor", "event_name", "event_format", "event_version", "event_fingerprint"),
    "true_tstamp",
)


def _columns(head: bytes) -> set[str]:
    line = head.removeprefix(BOM).partition(b"\n")[0].decode(errors="replace")
    return {name.strip().strip('"') for name in line.split(",")}


_CALLS = {b'"page"', b'"track"', b'"screen"', b'"identify"', b'"group"', b'"alias"'}


def _recognises_calls(head: bytes) -> bool:
    keys = outline(head)
    keys = outline(keys["batch"]) if "batch" in keys else keys
    return keys.get("type") in _CALLS and bool({"messageId", "anonymousId"} & keys.keys())


def _recognises_enriched(head: bytes) -> bool:
    return {"event_id", "collector_tstamp"} <= outline(head).keys()


def _recognises_tsv(head: bytes) -> bool:
    fields = head.removeprefix(BOM).partition(b"\n")[0].split(b"\t")
    is_dated = len(fields) > 4 and re.match(rb"[0-9]{4}-[0-9]{2}-[0-9]{2} ", fields[3])
    return len(fields) == len(ENRICHED) and bool(is_dated)


FORMATS = (
    Format(
        name="segment_json",
        expects="Segment or RudderStack events (JSON with `messageId`)",
        container=JsonArray(),
        recognises=_recognises_calls,
        parse=parse_call,
        expand=_expand_calls,
        numbered=("weak",),
    ),
    Format(
        name="segment_csv",
        expects="a pages or tracks table of Segment or RudderStack (CSV)",
        container=Csv(),
        recognises=lambda head: {"id", "anonymous_id", "received_at"} <= _columns(head),
        parse=parse_call_row,
        numbered=("weak",),
    ),
    Format(
        name="snowplow_json",
        expects="Snowplow enriched events (JSON with `event_id`)",
        container=JsonArray(),
        recognises=_recognises_enriched,
        parse=parse_enriched,
    ),
    Format(
        name="snowplow_csv",
        expects="a table of Snowplow events (CSV)",
        container=Csv(),
        recognises=lambda head: {"event_id", "collector_tstamp"} <= _columns(head),
        parse=parse_enriched_row,
    ),
    Format(
        name="snowplow_tsv",
        expects="Snowplow enriched events (TSV of 131 columns)",
        container=Csv("\t", ENRICHED, quoting="none"),
        recognises=_recognises_tsv,
        parse=parse_enriched_row,
    ),
)
