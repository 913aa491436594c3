"""Insights of Facebook posts and Instagram media -> counters.

Source: objects of `/{id}/insights`, whose own id says what they are the numbers of.
Shape:  a metric over the lifetime of a post -> a counter of it, each part of a metric that
        has parts (`post_reactions_by_type_total:like`) another counter. The numbers of a Page
        or account, and those of days and weeks, are of no post.
Units:  whole numbers.
Errors: RecordError (unsupported_record) for the numbers of anything else than a post.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from loaders.parsing.builders import counters
from loaders.parsing.decoding import Decoder
from loaders.records import Reason, Record, RecordError


class Measured(msgspec.Struct, gc=False):
    value: Any = None


class Insight(msgspec.Struct, gc=False):
    id: str
    name: str
    period: str
    values: list[Measured]


_INSIGHT = Decoder(Insight)
_SUBJECT = re.compile(r"([^/]+)/insights/")
_OF_FACEBOOK = re.compile(r"[0-9]+_[0-9]+")


def is_insight(fields: Mapping[str, bytes]) -> bool:
    """Whether an object is the numbers of something."""
    return {"period", "values"} <= fields.keys()


def is_of_facebook(fields: Mapping[str, bytes]) -> bool:
    """Whether these are numbers of Facebook: the media of Instagram have ids without joint."""
    native_id = fields.get("id", b"").decode(errors="replace").strip('"')
    subject = _subject(native_id)
    is_post = _OF_FACEBOOK.fullmatch(subject or "") is not None
    return is_post or "/insights/page_" in native_id or "/insights/post_" in native_id


def _subject(native_id: str) -> str | None:
    found = _SUBJECT.match(native_id)
    return found[1] if found else None


def parse(raw: bytes, platform: str) -> Iterator[Record]:
    """Turn the numbers of a post over its lifetime into counters."""
    told = _INSIGHT.decode(raw)
    subject = _subject(told.id)
    is_post = subject is not None and (
        platform != "facebook" or _OF_FACEBOOK.fullmatch(subject) is not None
    )
    if subject is None or not is_post or told.period != "lifetime":
        detail = "the numbers are those of a Page, an account or a period, not of a post"
        raise RecordError(Reason.UNSUPPORTED_RECORD, detail)
    for measured in told.values:
        numbers = measured.value if isinstance(measured.value, dict) else {"": measured.value}
        for part, number in numbers.items():
            metric = f"{told.name}:{part}" if part else told.name
            yield from counters(platform, subject, {metric: number})
