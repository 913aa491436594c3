"""TikTok comments -> raw records.

Source: the web comment list (`comments[]` with `cid`, replies nested in `reply_comment[]`);
        Research API answers (`data.comments[]`, `data.videos[]`); one scraper's own shape of
        2023 and 2024 (`comments[]` with `username`, replies in `replies[]`); data downloads
        (see `download`).
Export: Save the JSON of the comment list that a video's page loads, or the answers of the
        Research API. Or request your data in the settings of the app, format JSON.
Shape:  Each comment and each reply is an interaction, its author a profile, the video a post.
        Counts are counters of the comment or of the video. The Research API names no author
        of a comment; the actor is then null.
Units:  `create_time` is epoch seconds. The scraper of 2023 and 2024 writes local time without
        a zone and needs --timezone. In 2023 it has no ids: they are derived from video,
        parent, author, time and text, and numbered among equals of the file. Its accounts are
        `@username`, because the id is unknown.
Errors: RecordError naming the key; the rest of the list still lands.
"""

from __future__ import annotations

from loaders.platforms.tiktok import download, research, scrape, web
from loaders.platforms.tiktok.ids import TIKTOK

PLATFORM = TIKTOK

FORMATS = (
    *web.FORMATS,
    *research.FORMATS,
    *scrape.FORMATS,
    *download.FORMATS,
)
