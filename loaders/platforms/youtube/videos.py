"""Videos of YouTube's Data API -> raw records; a part of `platforms.youtube`.

Source: answers of videos.list with the parts snippet and statistics.
Shape:  a video is a post; its channel is that post's author and owner. Its statistics are
        counters.
Units:  RFC 3339 times; counts are texts of digits. The API does not say when it counted.
Errors: RecordError naming the key; the rest of the page still lands.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from loaders.parsing.builders import counters
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, identifier, optional_identifier, secondary
from loaders.parsing.formats import Context, Format, JsonArray
from loaders.parsing.times import instant
from loaders.platforms.youtube.accounts import YOUTUBE, author
from loaders.reading.json_values import outline
from loaders.records import Post, Record

ADDRESS = "https://www.youtube.com/watch?v="


class Snippet(msgspec.Struct, gc=False, rename="camel"):
    published_at: str | None = None
    channel_id: NativeId = None
    channel_title: str | None = None
    title: str | None = None


class Video(msgspec.Struct, gc=False):
    id: str
    snippet: Snippet = msgspec.field(default_factory=Snippet)
    statistics: dict[str, Any] = {}


COUNTED = ("viewCount", "likeCount", "commentCount")
_VIDEO = Decoder(Video)


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one video into its records."""
    video = _VIDEO.decode(raw)
    snippet, post_id = video.snippet, identifier(video.id, "id")
    owner_id = secondary(optional_identifier, snippet.channel_id, "snippet.channelId")
    zone = context.timezone
    yield Post(
        platform=YOUTUBE,
        post_id=post_id,
        native_type="video",
        title=snippet.title,
        url=ADDRESS + post_id,
        posted_at=secondary(instant, snippet.published_at, "snippet.publishedAt", zone),
        author_id=owner_id,
        owner_id=owner_id,
    )
    told = {name: _number(video.statistics.get(name)) for name in COUNTED}
    yield from counters(YOUTUBE, post_id, told, within="statistics.")
    yield from author(owner_id, snippet.channel_title)


def _number(value: Any) -> Any:
    """Return a count that is written as text as a number; all else as it is."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:20])
    return value


def _recognises(head: bytes) -> bool:
    keys = outline(head)
    first = outline(keys.get("items", b""))
    return (
        b"youtube#video" in keys.get("kind", b"") + first.get("kind", b"")
        and {
            "id",
            "statistics",
        }
        <= first.keys()
    )


FORMATS = (
    Format(
        name="videos_page_json",
        expects="YouTube videos with statistics (Data API JSON with `items`)",
        container=JsonArray("items"),
        recognises=_recognises,
        parse=parse,
    ),
)
