"""Snowplow events -> raw records; a part of `platforms.product`.

Source: enriched events as JSON, as CSV with a header line and as TSV of the 131 columns in
        their order.
Shape:  one event in, its interaction, and the page it happened on as a post. A repeated event
        has the fingerprint of the first; another fingerprint with the same event_id is another
        event.
Units:  ISO times, in UTC without saying so unless a zone is declared.
Errors: RecordError naming the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, composite, identifier, optional_identifier
from loaders.parsing.formats import Context, Csv, Format, JsonArray
from loaders.parsing.times import instant
from loaders.platforms.product.events import event_of
from loaders.reading.csv_stream import has_columns
from loaders.reading.documents import BOM
from loaders.reading.json_values import outline
from loaders.records import Reason, Record, RecordError


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


_ENRICHED = Decoder(Enriched)


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
    return event_of(
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


def _recognises_enriched(head: bytes) -> bool:
    return {"event_id", "collector_tstamp"} <= outline(head).keys()


def _recognises_tsv(head: bytes) -> bool:
    fields = head.removeprefix(BOM).partition(b"\n")[0].split(b"\t")
    is_dated = len(fields) > 4 and re.match(rb"[0-9]{4}-[0-9]{2}-[0-9]{2} ", fields[3])
    return len(fields) == len(ENRICHED) and bool(is_dated)


FORMATS = (
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
        recognises=has_columns("event_id", "collector_tstamp"),
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
