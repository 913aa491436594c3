"""Instagram -> raw records.

Source: Graph API comments and media, as objects and as pages, and insights of media (see
        `graph`); webhook bodies (see `webhook`, `meta.messaging`); data
        downloads (see `download`).
Export: Save the answers of Graph API calls such as `/{media-id}/comments`. Or subscribe a
        webhook to `comments` and `mentions`; `warehouse serve` receives
        [webhooks](tracking.md#receive-webhooks). Or download a copy of your information in the
        Accounts Centre, format JSON.
Pull:   `warehouse pull` asks the Graph API for an account's media with comments, and for
        insights: reach, views, saves and shares of each media. The token has
        `instagram_basic`, `instagram_manage_comments`, `instagram_manage_insights` and
        `pages_read_engagement`. Limits as on Facebook. Likers are never named; removals come by
        webhook only.
Shape:  Each comment and each answer is an interaction. A media is a post of its owner.
        `like_count`, `comments_count` and insights are counters. Instagram has named
        commenters since October 2021. Before, a webhook names nobody, and an object often has
        only the user name: the account is then `@username`. A mention says where, not who.
        Instagram never names likers, savers or viewers. Posts of Threads belong to the
        platform `threads`. In a download `personal_information.json` names the exporter.
Units:  `2018-02-23T21:32:16+0000`. A webhook has no time of the comment. `entry.time` is the
        time of delivery, in seconds, or milliseconds for messages; the metadata says so.
Errors: RecordError naming the key; the other parts still land.
"""

from __future__ import annotations

from loaders.platforms.instagram import download, graph, webhook
from loaders.platforms.instagram.account import ACCOUNT_FILES, account_of
from loaders.platforms.instagram.parts import INSTAGRAM

__all__ = ["ACCOUNT_FILES", "FORMATS", "PLATFORM", "account_of"]

PLATFORM = INSTAGRAM

FORMATS = (
    *webhook.FORMATS,
    *graph.FORMATS,
    *download.FORMATS,
)
