"""Facebook -> raw records.

Source: webhook bodies of a Page (see `changes`, `meta.messaging`), one body a file
        or one a line; Graph API objects (see `graph`); data downloads (see
        `download`).
Export: Subscribe a webhook to the Page's `feed` and `messages`; `warehouse serve` receives
        [webhooks](tracking.md#receive-webhooks). Or save the answers of Graph API calls such as
        `/{post-id}/comments` and `/reactions`. Or download a copy of your information in the
        Accounts Centre, format JSON.
Pull:   `warehouse pull` asks the Graph API for a Page's posts with comments and reactions, and
        for insights: how often each post was seen, by how many, and how often clicked. Those of
        a Page as a whole are not asked for. The token is a Page token with
        `pages_read_engagement`, `pages_read_user_content` and, for insights, `read_insights`.
        Limits depend on the app's users; the pull heeds `X-App-Usage`. Removals come by webhook
        only. Of reactions it gets the first 100 of a post, and their number.
Shape:  Comments, reactions, likes, shares, ratings, mentions and messages are interactions.
        Posts, photos and videos are posts of their Page, marked if they are removed or
        unpublished. Totals are counters. A like and a reaction of one person to one post or
        comment are one interaction; the newest wins. The loader refuses everything else: ads,
        leads, inboxes, Pages, events, albums.
Units:  `created_time` is epoch seconds or `2010-09-14T22:41:25+0000`; `entry.time` is seconds
        or milliseconds. The Graph API gives no time for likes and reactions.
Errors: RecordError naming the key; the other records still land.
"""

from __future__ import annotations

from loaders.platforms.facebook import download, graph, webhook
from loaders.platforms.facebook.people import FACEBOOK

PLATFORM = FACEBOOK

FORMATS = (
    *webhook.FORMATS,
    *graph.FORMATS,
    *download.FORMATS,
)
