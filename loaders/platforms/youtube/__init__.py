"""YouTube comments and live chat messages -> raw records.

Source: Data API v3 commentThreads and comments pages (JSON, also one item a line), and videos
        with statistics (see `videos`); Takeout comments and live chats and the UCI Spam
        Collection (CSV, see `takeout`); files of youtube-comment-downloader; CSV of other tools
        (see `csv_files`).
Export: Save the answers of `commentThreads.list` and `comments.list` for each video, and of
        `videos.list` with its statistics. Your own comments and live chats come from Google
        Takeout, product YouTube.
Pull:   `warehouse pull` asks the Data API for a channel's comments, replies and videos. The
        token is an API key of a Google Cloud project with that API, or an OAuth token with the
        scope `youtube.readonly`. A request costs 1 of 10,000 units a day. There is no webhook
        for comments. A new reply to a thread older than the look-back window is not seen.
Shape:  A thread's top comment and each embedded reply are interactions. The video is a post;
        its channel is the author and owner, its statistics are counters. `likeCount` and
        `totalReplyCount` are counters of the comment. In Takeout the exporter is the actor.
Units:  RFC 3339 times. Some CSV files have local times, which need --timezone.
Errors: RecordError naming the key; the rest of the page or file still lands.
"""

from __future__ import annotations

from loaders.platforms.youtube import api, csv_files, downloader, takeout, videos
from loaders.platforms.youtube.accounts import YOUTUBE

PLATFORM = YOUTUBE

FORMATS = (
    *api.FORMATS,
    *videos.FORMATS,
    *takeout.FORMATS,
    *downloader.FORMATS,
    *csv_files.FORMATS,
)
