"""Our own product's tracking -> raw records.

Source: bodies of the tracking API (one interaction, or `{"interactions": [...]}`); events of
        PostHog as captured, exported or listed. Segment and RudderStack are in
        `events`, Snowplow in `snowplow`.
Export: `warehouse serve` receives [what pages send](tracking.md), and
        [webhooks](tracking.md#receive-webhooks) of Segment, RudderStack and PostHog. Or take
        events from PostHog's API or batch exports, from Segment's or RudderStack's warehouse
        tables, or from Snowplow's enriched stream.
Shape:  Each event is an interaction in its native words. Metadata, payload and addresses are
        kept by an allow-list: no IP addresses, user agents, devices or places. The address of
        a page loses its query. An account that is an e-mail address becomes a digest. An
        event that only links two ids of one person is kept as evidence and is no interaction.
Units:  ISO times, `duration` in whole milliseconds, `scroll_depth` in percent. The plain
        tracking API says neither who nor when. Without a user the session's account is used,
        and without a time the time stays unknown. Without `event_id` the key is weak and
        numbered, so a repeated body looks like a second click.
Errors: RecordError naming the key; the other items of a batch still land.
"""

from __future__ import annotations

from loaders.platforms.product import events, snowplow, tracking
from loaders.privacy.product_metadata import PRODUCT

PLATFORM = PRODUCT

FORMATS = (
    *tracking.FORMATS,
    *events.FORMATS,
    *snowplow.FORMATS,
)
