"""Threads -> raw records.

Source: Threads API objects (`/{id}`, `/{id}/replies`, `/{id}/conversation`, `/me/threads`),
        alone and as pages (`data`), and webhook bodies (replies, mentions, publish, delete).
Export: Save the answers of Threads API calls such as `/{media-id}/replies`, with the fields
        `id,text,username,timestamp,media_product_type,root_post,replied_to`. Or keep the
        bodies of a webhook for `replies` and `mentions`.
Shape:  A reply is a comment on the post that began the conversation. A repost or quote is a
        share of what it shows. A mention is a mention. Everything else is a post of its
        author. An account is its id, or `@username` where Threads gives only that. A deleted
        post is marked as removed. Threads names the owner of your own posts only, and these
        objects have no counts of likes.
Units:  `2024-01-01T18:20:00+0000`; a webhook's time is in epoch seconds.
Errors: RecordError naming the key; the other objects still land.
"""

from __future__ import annotations

from loaders.platforms.threads import api
from loaders.platforms.threads.parts import THREADS

PLATFORM = THREADS

FORMATS = (*api.FORMATS,)
