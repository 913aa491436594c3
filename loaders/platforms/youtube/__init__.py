"""YouTube comments and live chat messages -> raw records.

Source: Data API v3 commentThreads and comments pages (JSON, also one item a line); Takeout
        comments and live chats and the UCI Spam Collection (CSV, see `takeout`); files
        of youtube-comment-downloader; CSV of other tools (see `csv_files`).
Export: Save the answers of `commentThreads.list` and `comments.list` for each video. Your own
        comments and live chats come from Google Takeout, product YouTube.
Shape:  A thread's top comment and each embedded reply are interactions. The video is a post;
        its channel is the author and owner. `likeCount` and `totalReplyCount` are counters of
        the comment. In Takeout the exporter is the actor.
Units:  RFC 3339 times. Some CSV files have local times, which need --timezone.
Errors: RecordError naming the key; the rest of the page or file still lands.
"""

from __future__ import annotations

from loaders.platforms.youtube import api, csv_files, downloader, takeout
from loaders.platforms.youtube.accounts import YOUTUBE

PLATFORM = YOUTUBE

FORMATS = (
    *api.FORMATS,
    *takeout.FORMATS,
    *downloader.FORMATS,
    *csv_files.FORMATS,
)
